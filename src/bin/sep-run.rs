//! `sep-run`: runs a program in a zone. Everything is in the library.

#![no_main]

sep_run::start!(sep_run::cli::launch::main);
