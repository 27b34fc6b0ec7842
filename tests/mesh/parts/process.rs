//! The mesh's processes: each writes a log, and when one fails its log is what is shown.

use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

/// How long a part may take to start: far longer than it does on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Short beside anything that is waited for.
const PAUSE: Duration = Duration::from_millis(20);

/// Where all that a run writes is. It goes with the run.
pub const HOME: &str = "/run/mesh";

/// A running part.
pub struct Process {
    name: String,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Process {
    /// Starts a part, as a user of its own where one is given.
    pub fn start(name: &str, command: &mut Command, user: Option<u32>) -> Self {
        fs::create_dir_all(HOME).expect("/run is ours");
        let log = Path::new(HOME).join(format!("{name}.log"));
        let file = File::create(&log).expect("a new file");
        if let Some(user) = user {
            // Envoy opens its standard output by name, for the access log.
            chown(&log, Some(user), Some(user)).expect("we are root here");
            command.uid(user).gid(user);
        }
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a second handle")).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), log, child: Mutex::new(child) }
    }

    /// Waits until the part is as it should be.
    #[track_caller]
    pub fn wait_until(&self, what: &str, condition: impl FnMut() -> bool) {
        if !poll(PATIENCE, condition, || self.ended()) {
            let state = if self.ended() { "ended" } else { "went on" };
            panic!("{} is not {what}; it {state}.\n{}", self.name, self.log_tail());
        }
    }

    pub fn ended(&self) -> bool {
        self.child.lock().expect("no panic").try_wait().expect("it is our child").is_some()
    }

    /// The end of what the part said.
    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        format!("--- the end of {}'s log ---\n{tail}\n---", self.name)
    }
}

/// Whether a condition comes true in time, and before there is no use in waiting any more.
pub fn poll(patience: Duration, mut condition: impl FnMut() -> bool, hopeless: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline || hopeless() {
            return false;
        }
        thread::sleep(PAUSE);
    }
}

/// Whether something listens at an address.
pub fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}
