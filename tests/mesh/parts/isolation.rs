//! A world apart for each run: network, processes and mounts of its own. Two runs side by side cannot see each other,
//! all addresses are free, and when the run ends, however it ends, the kernel ends and removes all that was in it.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Set where the world apart has been entered.
const INSIDE: &str = "OVERRIDES_MESH_INSIDE";

/// What runs as the first process in there. It obeys Ctrl-C, which the kernel keeps from a first process that does not
/// ask for it, and with it everything else ends. `/run` is where `ip` keeps the names of network namespaces.
const FIRST_PROCESS: &str = r#"
umask 022
mount -t tmpfs -o mode=755 none /run && "$0" link set lo up || exit
trap 'exit 130' INT TERM
"$@" <&0 & wait $!
"#;

/// Whether this process is in its world apart already.
pub fn entered() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs this program again in a world apart, in place of this process. Returns only why that cannot be.
pub fn enter(ip: &str, stdin: Option<Stdio>) -> String {
    let Some(flags) = flags() else {
        return "The mesh needs root, or user namespaces with a range of user ids (the package `uidmap`, and a line for \
                this user in /etc/subuid and /etc/subgid); this machine allows neither."
            .to_owned();
    };
    let mut command = unshare(&flags);
    command.args(["bash", "-c", FIRST_PROCESS, ip]).arg(env::current_exe().expect("this program has a path"));
    command.args(env::args_os().skip(1)).env(INSIDE, "1");
    if let Some(stdin) = stdin {
        command.stdin(stdin);
    }
    format!("The mesh could not be entered: {}", command.exec())
}

fn unshare(flags: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(flags).args(["--net", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc", "--"]);
    command
}

/// As root nothing more is needed; otherwise user ids, since Envoy is told from its app by its user.
fn flags() -> Option<Vec<&'static str>> {
    let ways: [&[&str]; 2] = [&[], &["--map-root-user", "--map-auto"]];
    let works = |flags: &[&str]| {
        let mut attempt = unshare(flags);
        attempt.arg("true").stdout(Stdio::null()).stderr(Stdio::null());
        attempt.status().is_ok_and(|status| status.success())
    };
    ways.into_iter().find(|flags| works(flags)).map(<[&str]>::to_vec)
}
