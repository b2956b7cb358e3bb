//! The `setpoint` binary. Everything it does is in the library beside it, so that the pages generated from the
//! command line's own description are made from the same tree.

fn main() -> std::process::ExitCode {
    setpoint::main()
}
