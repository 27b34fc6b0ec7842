//! The example of the chain: played as a scenario, and kept up for people to try.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::thread;

use overrides::krm::Manifests;
use walkdir::WalkDir;

use crate::mesh::{Mesh, Way};
use crate::parts::cluster::GATEWAY_PORT;
use crate::parts::envoy::VERSIONS;
use crate::sentence::{Scenario, scenario};
use crate::support::given::Given;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/chain");
/// How the README writes its requests.
const CURL: &str = "$ curl -H 'Host: chain.example.com'";
/// The gateway that people talk to.
const GATEWAY: Way = Way::Gateway(VERSIONS[VERSIONS.len() - 1]);

/// A `curl` line of the README, and the line below it.
struct Example {
    curl: String,
    answer: String,
}

impl Example {
    /// The header lines that it sends, but for `Host`.
    fn headers(&self) -> String {
        let options = self.curl.trim_start_matches(CURL).split("-H '").skip(1);
        options.map(|option| format!("{}\n", option.split('\'').next().unwrap_or_default())).collect()
    }
}

fn examples() -> Vec<Example> {
    let readme = fs::read_to_string(Path::new(FOLDER).join("README.md")).expect("it can be read");
    let lines: Vec<&str> = readme.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with(CURL));
    pairs.map(|pair| Example { curl: pair[0].to_owned(), answer: pair[1].to_owned() }).collect()
}

fn manifests() -> Given {
    let files = WalkDir::new(FOLDER).sort_by_file_name().into_iter().map(|entry| entry.expect("a file").into_path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.fold(Given::default(), |given, path| {
        let text = fs::read_to_string(&path).expect("a text");
        let manifests = Manifests::parse([(path.display().to_string(), text.as_str())]).expect("it is YAML");
        let items = manifests.items();
        items.iter().fold(given, |given, item| given.and(items.text_of(item.id).expect("an item has a text")))
    })
}

pub fn scenarios() -> Vec<Scenario> {
    let examples = examples();
    assert!(examples.len() > 5, "the README of the chain has its requests");
    let name = "the example of the chain, through gateways with every Envoy, as its README says";
    let scenario = scenario(name, manifests(), "http://chain.example.com").through_every_gateway();
    let add = |scenario: Scenario, example: Example| scenario.request(example.headers()).goes_through(&example.answer);
    vec![examples.into_iter().fold(scenario, add)]
}

/// Where people reach the mesh: a port of this machine. The mesh is in a network of its own, but a port that was opened
/// before stays where it was; the run inside gets it as its standard input.
pub fn open_port() -> io::Result<Stdio> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(OwnedFd::from(listener).into())
}

/// Starts the example, says how to talk to it, and stays until it is interrupted.
pub fn stay() -> ExitCode {
    let listener = TcpListener::from(io::stdin().as_fd().try_clone_to_owned().expect("the port that was opened"));
    let address = listener.local_addr().expect("it is open");
    println!("Starting the example of the chain ...");
    let scenario = scenarios().remove(0);
    let world = scenario.world();
    let mesh = Mesh::start(&world.objects);
    scenario.play(&mesh, &world);
    println!("The mesh is up. Try:\n");
    for Example { curl, answer } in examples() {
        println!(
            "{}\n  # {answer}",
            curl.trim_start_matches("$ ").replace("http://$GATEWAY", &format!("http://{address}"))
        );
    }
    println!("\n/headers instead of / shows what each of them received. Ctrl-C takes it all down.");
    let gateway = mesh.pod(GATEWAY).place.address;
    for client in listener.incoming().map_while(Result::ok) {
        thread::spawn(move || {
            let Ok(server) = TcpStream::connect((gateway, GATEWAY_PORT)) else { return };
            let (Ok(from), Ok(to)) = (server.try_clone(), client.try_clone()) else { return };
            thread::spawn(move || pass(&from, &to));
            pass(&client, &server);
        });
    }
    ExitCode::FAILURE
}

/// One direction of a connection, until its end.
fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}
