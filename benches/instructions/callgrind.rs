//! Runs the workloads under callgrind and reads what it counted.

use crate::baseline::{Counts, Environment, Measurement};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The argument by which the program knows that it is the child.
pub(crate) const CHILD: &str = "--under-callgrind";

/// What starts the line on which the child says which instructions it could choose.
const PROCESSOR: &str = "processor";

/// The functions of the C library that a Rust program takes memory from.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// Where the profiles of the last run are: one for each workload, by its name.
fn profiles() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("instructions")
}

/// Whether the programs that are needed are there.
pub(crate) fn available() -> Result<(), String> {
    for program in ["valgrind", "taskset", "getconf", "rustc"] {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().map_err(|error| format!("`{program}` can't be run ({error})"))?;
    }
    Ok(())
}

/// Runs the function where callgrind looks: from the entry of the function below to the exit of this one,
/// by the names that the command line of the child has. (Callgrind obeys one such option for each function.)
#[inline(never)]
fn measured_work(work: &mut dyn FnMut()) {
    count_from_here();
    work();
    // With something to do after the call, it is a call, and this function is left after it.
    black_box(());
}

#[inline(never)]
fn count_from_here() {
    black_box(());
}

/// In the child: counts a workload that consists of so many operations.
pub(crate) fn count(name: &str, operations: usize, mut work: impl FnMut()) {
    measured_work(&mut work);
    println!("{name}\t{operations}");
}

/// In the child: counts one operation for each of the items, which are there before the counting begins.
pub(crate) fn count_each<I: ExactSizeIterator, R>(
    name: &str,
    items: impl IntoIterator<IntoIter = I>,
    mut operation: impl FnMut(I::Item) -> R,
) {
    let mut items = items.into_iter();
    count(name, items.len(), || {
        for item in &mut items {
            black_box(operation(item));
        }
    });
}

/// In the child: says by which of the processor's instructions libraries can choose their code: those
/// for copies, checksums, hashes and the search of bytes.
pub(crate) fn tell_processor() {
    let mut known = vec![env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    for (name, there) in [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("sha", is_x86_feature_detected!("sha")),
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
    ] {
        if there {
            known.push(name);
        }
    }
    println!("{PROCESSOR}\t{}", known.join(" "));
}

/// Runs all workloads in a child, and reads the profiles.
pub(crate) fn measure() -> Measurement {
    let directory = profiles();
    // Of a run before; the first one finds none.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    let output = text(run_child(&directory).output().unwrap());
    let mut lines = output.lines().filter_map(|line| line.split_once('\t'));
    let (_, processor) = lines.next().filter(|(key, _)| *key == PROCESSOR).unwrap();
    let counts: BTreeMap<String, Counts> = (1..)
        .zip(lines)
        .map(|(number, (name, operations))| {
            // Callgrind numbers what it writes.
            let written = directory.join(format!("profile.{number}"));
            let named = directory.join(file_name(name));
            fs::rename(written, &named).unwrap();
            let profile = fs::read_to_string(named).unwrap();
            (name.to_owned(), counts(&profile, operations.parse().unwrap()))
        })
        .collect();
    Measurement { environment: environment(processor), counts }
}

/// The name of a workload, with nothing in it that a shell would take for something else.
fn file_name(workload: &str) -> String {
    let words = workload.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-") + ".callgrind"
}

fn run_child(directory: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &first_core(), "valgrind", "--tool=callgrind", "--quiet"]);
    command.args(["--zero-before=*count_from_here*", "--dump-after=*measured_work*"]);
    command.args(["--compress-strings=no", "--compress-pos=no"]);
    command.arg(format!("--callgrind-out-file={}", directory.join("profile").display()));
    command.arg(env::current_exe().unwrap()).arg(CHILD);
    let kept = ["PATH", "TMPDIR"].map(|name| (name, env::var_os(name)));
    // What else is in the environment may tune the allocator, or load another one.
    command.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    command.stderr(Stdio::inherit());
    command
}

/// The first core that this process may run on.
fn first_core() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
    cores.trim().chars().take_while(char::is_ascii_digit).collect()
}

/// What a profile says of a workload, for one of its operations.
fn counts(profile: &str, operations: u32) -> Counts {
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    let instructions: u32 = total.unwrap().trim().parse().unwrap();
    let (mut from, mut into, mut allocations) = ("", "", 0_u32);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            from = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            into = name;
        } else if let Some(calls) = line.strip_prefix("calls=") {
            // One that leaves its work to another is one allocation.
            if ALLOCATORS.contains(&into) && !ALLOCATORS.contains(&from) {
                allocations += calls.split(' ').next().unwrap().parse::<u32>().unwrap();
            }
        }
    }
    let operations = f64::from(operations);
    Counts {
        instructions: f64::from(instructions) / operations,
        allocations: f64::from(allocations) / operations,
    }
}

fn environment(processor: &str) -> Environment {
    let first_line = |program: &str, argument: &str| {
        let output = text(Command::new(program).arg(argument).output().unwrap());
        output.lines().next().unwrap().to_owned()
    };
    Environment {
        compiler: first_line("rustc", "--version"),
        library: first_line("getconf", "GNU_LIBC_VERSION"),
        valgrind: first_line("valgrind", "--version"),
        processor: processor.to_owned(),
    }
}

fn text(output: Output) -> String {
    assert!(output.status.success(), "a program failed: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
