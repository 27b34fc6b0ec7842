//! Running parts: each writes a log, and when one fails its log is what is shown.

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

/// Runs a command until standard input ends: the other end of that pipe closes with the process that holds it.
const GUARD: &str = r#"
"$@" </dev/null & part=$!
cat <&0 >/dev/null & pipe=$!
wait -n
kill -KILL "$part" "$pipe" 2>/dev/null
wait
"#;

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
        let log = log_in(Path::new(HOME), name);
        if let Some(user) = user {
            // Envoy opens its standard output by name, for the access log.
            File::create(&log).expect("a new file");
            chown(&log, Some(user), Some(user)).expect("we are root here");
            command.uid(user).gid(user);
        }
        Self::spawn(name, log, command.stdin(Stdio::null()))
    }

    /// Starts a part that ends when this process ends, however that happens: a shell beside it waits for that.
    pub fn start_guarded(name: &str, command: &Command, folder: &Path) -> Self {
        let mut guard = Command::new("bash");
        guard.args(["-c", GUARD, "guard"]).arg(command.get_program()).args(command.get_args());
        Self::spawn(name, log_in(folder, name), guard.stdin(Stdio::piped()))
    }

    /// Starts a script that is given a folder, and whose standard input ends with this process.
    pub fn start_guarded_script(name: &str, script: &str, folder: &Path) -> Self {
        let mut shell = Command::new("bash");
        shell.args(["-c", script, name]).arg(folder);
        Self::spawn(name, log_in(folder, name), shell.stdin(Stdio::piped()))
    }

    fn spawn(name: &str, log: PathBuf, command: &mut Command) -> Self {
        let file = File::options().create(true).append(true).open(&log).expect("a log can be written");
        command.stdout(file.try_clone().expect("a second handle")).stderr(file);
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

    /// Ends a guarded part, and waits until it has ended.
    pub fn stop(&self) {
        let mut child = self.child.lock().expect("no panic");
        drop(child.stdin.take());
        child.wait().expect("it is our child");
    }

    /// Ends a part at once, and waits until it has ended.
    pub fn kill(&self) {
        let mut child = self.child.lock().expect("no panic");
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
    }

    /// The number by which the kernel knows it.
    pub fn id(&self) -> u32 {
        self.child.lock().expect("no panic").id()
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

fn log_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

/// Whether a condition comes true in time, and before there is no use in waiting any more.
pub fn poll(patience: Duration, condition: impl FnMut() -> bool, hopeless: impl Fn() -> bool) -> bool {
    poll_every(PAUSE, patience, condition, hopeless)
}

/// The same, looking so often.
pub fn poll_every(
    pause: Duration,
    patience: Duration,
    mut condition: impl FnMut() -> bool,
    hopeless: impl Fn() -> bool,
) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() > deadline || hopeless() {
            return false;
        }
        thread::sleep(pause);
    }
}

/// Whether something listens at an address.
pub fn listens(address: &str) -> bool {
    TcpStream::connect(address).is_ok()
}
