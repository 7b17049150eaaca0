//! The binary. Everything it does is in the library, so that tests and benchmarks can do it too.

/// What one thread allocates another gives back, all day long (a commit goes to the writer, its answer comes back), and
/// most of it are documents of a few KiB: with the system's allocator a case costs a quarter more.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cease::cli::main()
}
