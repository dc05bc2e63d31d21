//! The allow list: the interfaces a zone's program is shown, each with the newest version that was read and judged.
//!
//! What is hidden, and why: screen capture, data control, virtual input, layers, foreign windows and output
//! management reach other programs; xdg-activation steals the focus; xdg-foreign and keyboard-shortcuts-inhibit
//! and pointer-constraints take hold of other windows or of the input; primary selection has no zone-own form yet.
//! An input method's own side (input-method, virtual keyboard) is hidden; a program's side, text-input, is shown, since
//! composed text (Hangul) comes by it, and only to the window with the focus.
//! Hidden is everything that is not here, also what a compositor will invent next year.

use wl_proxy::protocols::ObjectInterface;

/// Interface and newest version.
const ALLOWED: &[(ObjectInterface, u32)] = &[
    (ObjectInterface::WlCompositor, 6),
    (ObjectInterface::WlSubcompositor, 1),
    (ObjectInterface::WlShm, 2),
    (ObjectInterface::WlOutput, 4),
    (ObjectInterface::WlSeat, 9),
    (ObjectInterface::WlDataDeviceManager, 3),
    (ObjectInterface::XdgWmBase, 6),
    (ObjectInterface::WpViewporter, 1),
    (ObjectInterface::WpPresentation, 2),
    (ObjectInterface::WpFractionalScaleManagerV1, 1),
    (ObjectInterface::WpCursorShapeManagerV1, 1),
    (ObjectInterface::ZwpLinuxDmabufV1, 4),
    (ObjectInterface::ZxdgOutputManagerV1, 3),
    (ObjectInterface::ZwpIdleInhibitManagerV1, 1),
    (ObjectInterface::WpSinglePixelBufferManagerV1, 1),
    (ObjectInterface::ZwpTextInputManagerV3, 1),
    (ObjectInterface::ZxdgDecorationManagerV1, 1),
    (ObjectInterface::ZwpRelativePointerManagerV1, 1),
    (ObjectInterface::ZwpPointerGesturesV1, 3),
];

/// The version to advertise of a global that the compositor offers; `None` hides it.
pub fn granted(interface: ObjectInterface, offered: u32) -> Option<u32> {
    let (_, newest) = ALLOWED.iter().find(|(allowed, _)| *allowed == interface)?;
    Some(offered.min(*newest)).filter(|version| *version > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_is_hidden_and_versions_are_capped() {
        assert_eq!(granted(ObjectInterface::WlSeat, 7), Some(7));
        assert_eq!(granted(ObjectInterface::WlSeat, 99), Some(9));
        assert_eq!(granted(ObjectInterface::WlSeat, 0), None);
        for hidden in [
            ObjectInterface::WlShell,
            ObjectInterface::WlFixes,
            ObjectInterface::ZwpTabletManagerV2,
            ObjectInterface::WpSecurityContextManagerV1,
        ] {
            assert_eq!(granted(hidden, 1), None);
        }
    }
}
