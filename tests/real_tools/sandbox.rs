//! The function in a sandbox: the program of the image with no files, no network and no environment, by filters on its
//! system calls that the kernel holds it to.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::{env, fs, thread};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use tempfile::TempDir;

use crate::support::given::{given, service, version};
use crate::tools::{Sandbox, docker, image};

/// All that the program may ask of the kernel, and what starting it in a new process takes. Not among them: sockets,
/// folders, changing or looking at files, signals to others. Whoever asks for anything else is killed.
const ALLOWED: &[i64] = &[
    // Its streams and its memory.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_ioctl,
    libc::SYS_fcntl,
    libc::SYS_ppoll,
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    // Signals of its own, threads, its end.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_set_tid_address,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_prlimit64,
    libc::SYS_getrandom,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // The C library asks for the program's own name when it starts.
    libc::SYS_readlinkat,
    // A new process, before it becomes the program.
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_execve,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_wait4,
    libc::SYS_waitid,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_arch_prctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_dup2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
];

/// What opens files. It fails as if nobody had the right to: Rust's start-up looks for the stack in `/proc/self/maps`, and
/// does without.
const OPENING: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_openat2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
];

fn filter(calls: &[i64], others: SeccompAction, these: SeccompAction) -> BpfProgram {
    let rules: BTreeMap<i64, _> = calls.iter().map(|call| (*call, Vec::new())).collect();
    let filter = SeccompFilter::new(rules, others, these, env::consts::ARCH.try_into().unwrap()).unwrap();
    filter.try_into().unwrap()
}

/// Runs the program with its streams and nothing else. The filters hold for a thread and what it starts, for good.
fn confined(program: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let may = filter(&[ALLOWED, OPENING].concat(), SeccompAction::KillProcess, SeccompAction::Allow);
    // Of two filters the stricter answer counts.
    let denied = u32::try_from(libc::EACCES).unwrap();
    let no_files = filter(OPENING, SeccompAction::Allow, SeccompAction::Errno(denied));
    let mut command = Command::new(program);
    command.args(arguments).env_clear();
    thread::scope(|scope| {
        let confined = scope.spawn(move || {
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            apply_filter(&no_files).unwrap();
            apply_filter(&may).unwrap();
            command.spawn().unwrap()
        });
        let child = confined.join().unwrap();
        finish(child, stdin)
    })
}

fn finish(mut child: std::process::Child, stdin: &[u8]) -> Output {
    let mut input = child.stdin.take().unwrap();
    thread::scope(|scope| {
        // A program that was killed does not read to the end.
        scope.spawn(move || drop(input.write_all(stdin)));
        child.wait_with_output().unwrap()
    })
}

fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    finish(piped.spawn().unwrap(), stdin)
}

/// The program of the image, which needs no libraries.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("overrides");
        let (docker, image) = (docker().display().to_string(), image());
        let copy = "id=$(\"$1\" create \"$2\") && \"$1\" cp \"$id:/overrides\" \"$3\"; \"$1\" rm \"$id\" >/dev/null";
        let copied = Command::new("bash").args(["-ec", copy, "copy", &docker, &image]).arg(&path).status().unwrap();
        assert!(copied.success() && path.is_file(), "{image} has no /overrides");
        (folder, path)
    });
    path
}

/// Lists of every outcome: rules, a warning, an error, and no list at all.
fn lists() -> [(String, i32); 4] {
    let good = given(service("reviews")).and(version("reviews", "v1")).and(version("reviews", "v2"));
    let warned = good.clone().and(service("ratings")).policy("unknownVersion: reject");
    let wrong = good.clone().policy("existing: nothing");
    [(good.list(), 0), (warned.list(), 0), (wrong.list(), 1), ("[not a list".to_owned(), 1)]
}

#[test]
fn the_function_needs_neither_files_nor_a_network_nor_an_environment() {
    for (list, code) in lists() {
        let free = run(&mut Command::new(program()), list.as_bytes());
        let confined = confined(program(), &[], list.as_bytes());
        assert_eq!(confined.status.code(), Some(code), "{confined:?}\n{list}");
        assert_eq!((confined.stdout, confined.stderr), (free.stdout, free.stderr), "{list}");
    }
    let (list, _) = &lists()[0];
    let output = String::from_utf8(confined(program(), &[], list.as_bytes()).stdout).unwrap();
    assert!(output.starts_with(list.as_str()), "what was there comes back");
    assert!(output.contains("kind: DestinationRule") && output.contains("generated-for: reviews"), "{output}");
}

/// A sandbox that stops nothing would show nothing.
#[test]
fn the_same_sandbox_stops_whoever_looks_at_a_file_opens_one_or_makes_a_folder() {
    let sandbox = Sandbox::empty();
    let (list, _) = &lists()[0];
    let manifest = sandbox.path("manifest.yaml");
    let made = sandbox.path("made");
    let documents = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\n";
    fs::write(&manifest, documents).unwrap();
    let (path, folder) = (manifest.to_str().unwrap(), made.to_str().unwrap());
    assert!(run(Command::new(program()).args(["render", path]), b"").status.success());
    let looks = confined(program(), &["render", path], b"");
    assert_eq!(looks.status.signal(), Some(libc::SIGSYS), "{looks:?}");

    let opens = confined(program(), &["render", "-", "--config", path], documents.as_bytes());
    assert_eq!(opens.status.code(), Some(1), "{opens:?}");
    let sentence = String::from_utf8(opens.stderr).unwrap();
    assert!(sentence.starts_with("error: cannot read ") && sentence.contains("Permission denied"), "{sentence}");

    let makes = confined(program(), &["render", "-", "--output-dir", folder], documents.as_bytes());
    assert_eq!(makes.status.signal(), Some(libc::SIGSYS), "{makes:?}");
    assert!(!made.exists());

    // A program with libraries does not even start.
    let with_libraries = confined(Path::new(env!("CARGO_BIN_EXE_overrides")), &[], list.as_bytes());
    assert!(!with_libraries.status.success() && with_libraries.stdout.is_empty(), "{with_libraries:?}");
}

#[test]
fn the_environment_changes_nothing() {
    let nowhere = "/nonexistent/\u{1b}[31m";
    let hostile = [
        ("RUST_BACKTRACE", "full"),
        ("RUST_MIN_STACK", "1"),
        ("RUST_LOG", "trace"),
        ("NO_COLOR", ""),
        ("CLICOLOR_FORCE", "1"),
        ("FORCE_COLOR", "1"),
        ("TERM", "\u{1b}]0;x"),
        ("COLUMNS", "1"),
        ("HOME", nowhere),
        ("TMPDIR", nowhere),
        ("XDG_CONFIG_HOME", nowhere),
        ("PATH", ""),
        ("PWD", nowhere),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", ":/nonexistent"),
        ("LD_PRELOAD", ""),
        ("GLIBC_TUNABLES", "glibc.malloc.check=3"),
        ("MALLOC_PERTURB_", "165"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("KUBECONFIG", nowhere),
        ("KUBERNETES_SERVICE_HOST", "127.0.0.1"),
        ("OVERRIDES_HEADER", "x-evil"),
        ("header", "x-evil"),
    ];
    for program in [program(), Path::new(env!("CARGO_BIN_EXE_overrides"))] {
        for (list, code) in lists() {
            let empty = run(Command::new(program).env_clear(), list.as_bytes());
            assert_eq!(empty.status.code(), Some(code), "{empty:?}");
            let inherited = run(&mut Command::new(program), list.as_bytes());
            let nasty = run(Command::new(program).env_clear().envs(hostile), list.as_bytes());
            assert_eq!(inherited, empty, "the environment of the tests");
            assert_eq!(nasty, empty, "a hostile environment");
        }
    }
}
