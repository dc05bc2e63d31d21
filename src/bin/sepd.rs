//! `sepd`: the broker of the system, which makes zones for users. Everything is in the library.

#![no_main]

sep_run::start!(sep_run::cli::sepd::main);
