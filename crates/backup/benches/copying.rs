//! A backup against `cp -a` and hashing in the same minutes: many small files, and few large ones, in turn, several
//! times; the ratio of the medians is what counts. `cargo bench -p backup --bench copying [-- DIR]`; without DIR in
//! memory. `b3sum` is the hashing where it is installed; otherwise a reader of ours with the same two threads.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let small = std::env::var("SMALL").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let large = std::env::var("LARGE_MIB").ok().and_then(|n| n.parse().ok()).unwrap_or(1024);
    let at = args.first().map_or(PathBuf::from("/dev/shm"), PathBuf::from);
    let dir = tempfile::tempdir_in(at).unwrap();
    let out = &mut std::io::stdout();
    for (name, files, size) in [("small", small, 4 << 10), ("large", 4, large << 20)] {
        let src = dir.path().join(name);
        fill(&src, files, size);
        let mut times = [(); 2].map(|()| Vec::new());
        for round in 0..=ROUNDS {
            for which in [round % 2, 1 - round % 2] {
                let dest = dir.path().join("dest");
                let took = if which == 0 { plain(&src, &dest) } else { ours(&src, &dest) };
                fs::remove_dir_all(&dest).unwrap();
                if round > 0 {
                    times[which].push(took);
                }
            }
        }
        let [plain, ours] = times.map(median);
        let ratio = ours.as_secs_f64() / plain.as_secs_f64();
        writeln!(
            out,
            "{name}: {files} × {size} B; cp -a + hash {plain:.2?}, cease backup {ours:.2?}, ratio {ratio:.2}"
        )
        .unwrap();
        fs::remove_dir_all(&src).unwrap();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn fill(src: &Path, files: usize, size: usize) {
    fs::create_dir_all(src).unwrap();
    let mut block = vec![0u8; size.min(1 << 20)];
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for n in 0..files {
        let mut file = fs::File::create(src.join(format!("{n:06}.bin"))).unwrap();
        for _ in 0..size.div_ceil(block.len()) {
            for eight in block.chunks_exact_mut(8) {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                eight.copy_from_slice(&state.to_le_bytes());
            }
            file.write_all(&block).unwrap();
        }
    }
}

fn plain(src: &Path, dest: &Path) -> Duration {
    let began = Instant::now();
    assert!(Command::new("cp").arg("-a").arg(src).arg(dest).status().unwrap().success());
    if Command::new("b3sum").arg("--version").output().is_ok() {
        let names: Vec<PathBuf> = fs::read_dir(dest).unwrap().map(|entry| entry.unwrap().path()).collect();
        for some in names.chunks(10_000) {
            assert!(Command::new("b3sum").args(some).output().unwrap().status.success());
        }
    } else {
        hash_all(dest);
    }
    assert!(Command::new("sync").arg("-f").arg(dest).status().unwrap().success());
    began.elapsed()
}

fn hash_all(dest: &Path) {
    let names: Vec<PathBuf> = fs::read_dir(dest).unwrap().map(|entry| entry.unwrap().path()).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    backup::place::hash_file(fs::File::open(name).unwrap()).unwrap();
                }
            });
        }
    });
}

fn ours(src: &Path, dest: &Path) -> Duration {
    let now = || case::Timestamp::UNIX_EPOCH;
    let began = Instant::now();
    let done = backup::run::backup(src, dest, &now, &mut |_| {}).unwrap();
    assert!(done.problems.is_empty());
    began.elapsed()
}
