//! Enumerations that cross the wire as one byte, each value with the name that messages and catalogues call it by.

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])+ $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])+ $variant,)+ }

        impl $name {
            /// Every value, in the order of the code numbers on the wire.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name in messages and catalogues.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            pub(super) fn from_wire(number: u8) -> Result<Self, $crate::wire::Malformed> {
                Self::ALL.get(number as usize).copied().ok_or($crate::wire::Malformed::Unknown)
            }
        }
    };
}
