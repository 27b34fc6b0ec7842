//! Requests per second, latency and Envoy's own time, by how many versions a Service has and by what a request carries.

use super::ground::Ground;
use super::load::{Load, Target, full, modest};
use super::proxy::{cores, keep_on, process};
use super::tables::{count, least, median, most, ms, row, us, whole};
use crate::apps::{app, apps};
use crate::parts::app::locate;
use crate::parts::cluster::Pod;
use crate::sentence::objects;

const NAMESPACE: &str = "bench";
/// The Services, and how many versions each has. The first is passed over, so it has no rules.
const SERVICES: [(&str, usize); 5] = [("plain", 1), ("one", 1), ("two", 2), ("ten", 10), ("fifty", 50)];
/// What the table says of requests to it.
pub const NO_RULES: &str = "no rules";
/// An override for some other Service.
const ANOTHER: &str = "x-override: checkout:v2";
/// Baggage without an override, as in W3C's specification.
const BAGGAGE: &str = "baggage: userId=alice,serverNode=DF%2028,isProduction=false";

/// A kind of request, and what came of it in each round.
pub struct Variant {
    /// What of the rules is told by it, for the table.
    rules: String,
    request: &'static str,
    service: String,
    lines: String,
    expected: String,
    full: Vec<Load>,
    modest: Vec<Load>,
}

impl Variant {
    pub fn new(rules: &str, request: &'static str, service: &str, lines: String, version: usize) -> Self {
        Self {
            rules: rules.to_owned(),
            request,
            service: service.to_owned(),
            lines,
            expected: format!("{service}:v{version}"),
            full: Vec::new(),
            modest: Vec::new(),
        }
    }

    fn host(&self) -> String {
        format!("{}.{NAMESPACE}", self.service)
    }

    /// The requests of a Service of so many versions.
    pub fn of(rules: &str, service: &str, versions: usize) -> Vec<Self> {
        let asks = |version: usize| format!("x-override: {service}:v{version}");
        let mut variants = vec![Self::new(rules, "no override", service, String::new(), 1)];
        if versions > 1 {
            let first = if versions > 2 { "override of the first rule" } else { "override" };
            variants.push(Self::new(rules, first, service, asks(2), 2));
        }
        if versions > 2 {
            variants.push(Self::new(rules, "override of the last rule", service, asks(versions), versions));
        }
        variants.push(Self::new(rules, "another Service's override", service, ANOTHER.to_owned(), 1));
        variants.push(Self::new(rules, "baggage without an override", service, BAGGAGE.to_owned(), 1));
        variants
    }
}

/// Measures all of them.
pub fn measure(quick: bool) {
    let given = apps(SERVICES.map(|(name, versions)| {
        let versions: Vec<String> = (1..=versions).map(|number| format!("v{number}")).collect();
        app(name, NAMESPACE).versions(&versions)
    }));
    let outcome = given.policy(&format!("services: [{{name: plain, namespace: {NAMESPACE}, ignore: true}}]")).run();
    assert!(outcome.object("VirtualService", "plain-overrides").is_none(), "the first Service has no rules");
    let ground = Ground::start();
    let servers = ground.cluster.run(&objects(&outcome.rendered), NAMESPACE);
    let variants = SERVICES.iter().flat_map(|(name, versions)| {
        let rules = if *name == "plain" { NO_RULES.to_owned() } else { versions.to_string() };
        Variant::of(&rules, name, *versions)
    });
    play(&ground, &servers, variants.collect(), quick);
}

/// Measures variants in turn, so that a busy moment of the machine strikes all of them, and prints what came of them.
pub fn play(ground: &Ground, servers: &[Pod], mut variants: Vec<Variant>, quick: bool) {
    // Many short rounds: somewhere among them is a quiet moment for each.
    let (rounds, seconds) = if quick { (1, 0.2) } else { (16, 0.25) };
    let (client, bare) = (ground.client(), ground.bare_client());
    // The Envoy has a core to itself, as far as this machine's other work lets it; client and servers share another.
    let cores = cores();
    assert!(cores.len() > 1, "two cores are needed, or what is measured is who waits for whom");
    keep_on(cores[0], process(&client).id());
    keep_on(cores[1], std::process::id());
    let server = format!("http://{}:8080/", servers[0].place.address);
    let mut direct = Vec::new();
    for _ in 0..rounds {
        let target = Target { url: &server, host: "direct", lines: "" };
        direct.push((full(&bare, &target, seconds), modest(&bare, &target, seconds)));
        for variant in &mut variants {
            measure_one(ground, &client, variant, seconds);
        }
    }
    print(&variants, &direct);
}

/// Every variant goes where it says, before it is timed and afterwards.
fn measure_one(ground: &Ground, client: &Pod, variant: &mut Variant, seconds: f32) {
    let (host, lines) = (variant.host(), variant.lines.clone());
    let (address, _) = locate(&ground.cluster.names, NAMESPACE, &host).expect("the Service has an address");
    let (url, asked) = (format!("http://{address}/"), format!("http://{host}"));
    let target = Target { url: &url, host: &host, lines: &lines };
    ground.expect(client, &asked, &lines, &variant.expected);
    variant.full.push(full(client, &target, seconds));
    variant.modest.push(modest(client, &target, seconds));
    ground.expect(client, &asked, &lines, &variant.expected);
}

/// A figure of all rounds.
type Figure = fn(&Variant) -> Vec<f64>;

const RATE: Figure = |variant| variant.full.iter().map(|load| load.rate).collect();
const HALF: Figure = |variant| variant.modest.iter().map(|load| load.p50).collect();
const TIME: Figure = |variant| variant.full.iter().filter_map(|load| load.processor).collect();

/// The median ratio to what requests without rules had in the same round: that leaves out what other work on the
/// machine did to all of the round.
fn ratio(variants: &[Variant], variant: &Variant, figure: Figure) -> String {
    let base: Vec<Vec<f64>> = variants.iter().filter(|other| other.rules == NO_RULES).map(figure).collect();
    let mean = |round: usize| base.iter().map(|figures| figures[round]).sum::<f64>() / count(base.len());
    let ratios = figure(variant).into_iter().enumerate().map(|(round, figure)| figure / mean(round));
    format!("{:.2}", median(ratios))
}

fn print(variants: &[Variant], direct: &[(Load, Load)]) {
    println!(
        "| Versions | Request | Requests/s, best | median | Ratio | Latency, p50, least | median | Ratio | p99, median \
         | Envoy's time per request, least | median | Ratio |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for variant in variants {
        row(&[
            variant.rules.clone(),
            variant.request.to_owned(),
            whole(most(RATE(variant))),
            whole(median(RATE(variant))),
            ratio(variants, variant, RATE),
            ms(least(HALF(variant))),
            ms(median(HALF(variant))),
            ratio(variants, variant, HALF),
            ms(median(variant.modest.iter().map(|load| load.p99))),
            us(least(TIME(variant))),
            us(median(TIME(variant))),
            ratio(variants, variant, TIME),
        ]);
    }
    let of = |figure: fn(&(Load, Load)) -> f64| median(direct.iter().map(figure));
    println!(
        "\nWithout any Envoy between them, client and server exchange {} requests/s, with {} at p50 and {} at p99. \
         Envoy had {:.0} % of a core with no rules.",
        whole(of(|(full, _)| full.rate)),
        ms(of(|(_, modest)| modest.p50)),
        ms(of(|(_, modest)| modest.p99)),
        100.0 * median(variants[0].full.iter().map(|load| load.share)),
    );
}
