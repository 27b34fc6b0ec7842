//! `--output-dir` and `--kustomization`: what is written, replaced and removed, and what is said of it.

use std::collections::BTreeMap;

use super::*;

/// A run that writes to `out`, and what it says.
#[track_caller]
fn write(shop: &Shop, documents: &[String], arguments: &[&str]) -> String {
    fs::write(shop.path("shop.yaml"), stream(documents)).unwrap();
    let out = shop.path("out");
    let run = shop.render(&[&["--output-dir", &out], arguments].concat());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    run.stderr
}

fn files(shop: &Shop) -> BTreeMap<String, String> {
    let entries = fs::read_dir(shop.path("out")).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn what_is_written_replaced_and_removed_is_said_and_what_stays_is_not() {
    let shop = Shop::new(&[]);
    let (cart, ads) = (versioned("cart"), versioned("ads"));
    let both = [cart.as_slice(), &ads].concat();
    assert_eq!(
        write(&shop, &both, &[]),
        "note: wrote 4 files in out: destinationrule_ads-overrides.yaml, virtualservice_ads-overrides.yaml, \
         destinationrule_cart-overrides.yaml and 1 more\n"
    );
    assert_eq!(write(&shop, &both, &[]), "", "a second run changes nothing");
    let before = fs::metadata(shop.path("out/destinationrule_ads-overrides.yaml")).unwrap().modified().unwrap();
    let more = [both.as_slice(), &[version("cart", "v3").document()]].concat();
    assert_eq!(
        write(&shop, &more, &[]),
        "note: replaced 2 files in out: destinationrule_cart-overrides.yaml, virtualservice_cart-overrides.yaml\n"
    );
    let after = fs::metadata(shop.path("out/destinationrule_ads-overrides.yaml")).unwrap().modified().unwrap();
    assert_eq!(before, after, "what is as it should be is not written again");
    assert_eq!(
        write(&shop, &[cart.as_slice(), &versioned("web")].concat(), &["-v"]),
        "note: wrote 2 files in out: destinationrule_web-overrides.yaml, virtualservice_web-overrides.yaml\n\
         note: replaced 2 files in out: destinationrule_cart-overrides.yaml, virtualservice_cart-overrides.yaml\n\
         note: removed 2 files in out: destinationrule_ads-overrides.yaml, virtualservice_ads-overrides.yaml\n"
    );
    let none = write(&shop, &headless("db"), &[]);
    assert!(none.starts_with("note: removed 4 files in out: destinationrule_cart-overrides.yaml, "), "{none}");
    assert!(none.contains("virtualservice_web-overrides.yaml\n") && none.contains("nothing was generated"), "{none}");
    assert!(files(&shop).is_empty());
}

#[test]
fn what_is_done_to_files_is_in_every_format() {
    let shop = Shop::new(&[]);
    for (name, format) in ["json", "sarif", "github"].into_iter().enumerate() {
        let said = write(&shop, &versioned(&format!("cart{name}")), &["--format", format]);
        assert!(said.contains("wrote 2 files in ") && said.contains(&format!("_cart{name}-overrides.yaml")), "{said}");
    }
}

#[test]
fn the_kustomization_lists_what_is_there_and_goes_with_it() {
    let shop = Shop::new(&[]);
    let both = [versioned("cart").to_vec(), versioned("ads").to_vec()].concat();
    let said = write(&shop, &both, &["--kustomization", "-v"]);
    assert!(said.contains("wrote 5 files") && said.contains(", kustomization.yaml\n"), "{said}");
    insta::assert_snapshot!(files(&shop)["kustomization.yaml"]);
    let listed = |shop: &Shop| {
        let files = files(shop);
        let kustomization = support::given::value(&files["kustomization.yaml"]);
        let listed: Vec<String> = kustomization["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        let there: Vec<String> = files.keys().filter(|name| *name != "kustomization.yaml").cloned().collect();
        assert_eq!(listed, there);
        listed.len()
    };
    assert_eq!(listed(&shop), 4);
    assert_eq!(write(&shop, &both, &["--kustomization"]), "", "a second run changes nothing");
    let said = write(&shop, &versioned("cart"), &["--kustomization"]);
    assert!(
        said.contains("replaced 1 file in out: kustomization.yaml\n") && said.contains("removed 2 files"),
        "{said}"
    );
    assert_eq!(listed(&shop), 2);
    // What was written is read again with the folder, without a word about the kustomization.
    let (out, file) = (shop.path("out"), shop.path("shop.yaml"));
    let again = overrides(&["render", &file, &out, "--output-dir", &out, "--kustomization"], b"");
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    let asked = overrides(&["explain", &file, &out], b"");
    assert_eq!((asked.code, asked.stderr.as_str()), (Some(0), ""));
    // Nothing to list is not nothing, which kustomize refuses.
    write(&shop, &headless("db"), &["--kustomization"]);
    assert_eq!(listed(&shop), 0);
    // Without the flag it goes: nobody keeps the list up to date any more.
    let said = write(&shop, &versioned("cart"), &[]);
    assert!(said.contains("removed 1 file in out: kustomization.yaml\n"), "{said}");
    assert_eq!(files(&shop).len(), 2);
}

#[test]
fn a_kustomization_of_the_users_is_never_touched() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        for content in ["resources: [mine.yaml]\n", "", "# Written by hand\nresources: [a]\n", "a: ["] {
            let shop = Shop::new(&versioned("cart"));
            fs::create_dir(shop.path("out")).unwrap();
            fs::write(shop.path("out") + "/" + name, content).unwrap();
            let out = shop.path("out");
            let run = shop.render(&["--output-dir", &out, "--kustomization"]);
            assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
            assert!(run.stderr.starts_with(&format!("error: out/{name} is there already")), "{}", run.stderr);
            assert_eq!(files(&shop), BTreeMap::from([(name.to_owned(), content.to_owned())]), "nothing is written");
            // Beside it files may stand, as they may without the flag.
            write(&shop, &versioned("cart"), &[]);
            assert_eq!(files(&shop)[name], content);
        }
    }
    let shop = Shop::new(&versioned("cart"));
    assert_eq!(shop.render(&["--kustomization"]).code, Some(2), "in which folder?");
}

/// A route of the user's that leads to `cart` at a gateway.
fn at_gateway() -> String {
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mine}\nspec:\n  hosts: [cart.example.com]\n  \
     gateways: [edge/ingress]\n  http:\n  - route:\n    - destination: {host: cart}\n"
        .to_owned()
}

/// The kustomization of a user lists the folder in the place of the original: nobody else would have the route any more.
#[test]
fn a_copy_of_an_existing_rule_stays_as_long_as_the_rule_and_follows_it() {
    const COPY: &str = "virtualservice_mine.yaml";
    for way in ["existing=skip", "singleVersion=skip"] {
        let shop = Shop::new(&[]);
        let both = [versioned("cart").as_slice(), &[at_gateway()]].concat();
        write(&shop, &both, &["--kustomization"]);
        assert!(files(&shop)[COPY].contains("override-cart-v2"), "{way}");
        let one = [service("cart").document(), version("cart", "v1").document(), at_gateway()];
        write(&shop, &one, &["--kustomization", "--set", way]);
        let after = files(&shop);
        assert_eq!(after[COPY], at_gateway(), "{way}: as the original is");
        assert!(after["kustomization.yaml"].contains(&format!("- {COPY}\n")), "{way}: {after:?}");
        let again = write(&shop, &one, &["--kustomization", "--set", way]);
        assert!(!again.contains(" in out: "), "{way}: nothing more to do: {again}");
        let said = write(&shop, &one[..2], &["--kustomization", "--set", way]);
        assert!(said.contains(COPY) && said.contains("removed"), "{way}: {said}");
        assert!(!files(&shop).contains_key(COPY), "{way}: the rule is gone, and so is its copy");
    }
}

/// A copy that nobody lists and whose rule is gone would be applied beside the rules that are generated instead.
#[test]
fn a_copy_of_an_existing_rule_goes_with_the_rule_without_a_kustomization_too() {
    let rules = [
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: cart, namespace: shop}\nspec:\n  \
         hosts: [cart]\n  http:\n  - route:\n    - destination: {host: cart}\n"
            .to_owned(),
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: shop}\nspec:\n  \
         host: cart\n"
            .to_owned(),
    ];
    let plain = [
        service("cart").namespace("shop").document(),
        version("cart", "v1").namespace("shop").document(),
        version("cart", "v2").namespace("shop").document(),
    ];
    let copies = ["shop_destinationrule_cart.yaml", "shop_virtualservice_cart.yaml"];
    let generated = ["shop_destinationrule_cart-overrides.yaml", "shop_virtualservice_cart-overrides.yaml"];
    let shop = Shop::new(&[]);
    write(&shop, &[plain.as_slice(), &rules].concat(), &[]);
    assert_eq!(files(&shop).into_keys().collect::<Vec<_>>(), copies);
    // Files that only look like such copies stay: of another name, with more in them, or without the note.
    let copy = files(&shop)[copies[1]].clone();
    let others = [
        ("mine.yaml", copy.clone()),
        ("shop_virtualservice_web.yaml", copy.replace("name: cart", "name: web") + "---\nkind: Other\n"),
        ("shop_virtualservice_own.yaml", rules[0].replace("name: cart", "name: own")),
        (
            "shop_configmap_cart.yaml",
            copy.replace("networking.istio.io/v1", "v1").replace("VirtualService", "ConfigMap"),
        ),
    ];
    for (name, text) in &others {
        fs::write(shop.path("out") + "/" + name, text).unwrap();
    }
    let said = write(&shop, &plain, &[]);
    assert!(said.contains(&format!("removed 2 files in out: {}, {}\n", copies[0], copies[1])), "{said}");
    let after = files(&shop);
    assert!(others.iter().all(|(name, text)| after.get(*name) == Some(text)), "{after:?}");
    assert!(generated.iter().all(|name| after.contains_key(*name)), "{after:?}");
    assert_eq!(after.len(), others.len() + generated.len());
    assert_eq!(write(&shop, &plain, &[]), "", "a second run changes nothing");
    // A rule that is in the input keeps its copy, whatever becomes of the other.
    fs::remove_file(shop.path("out") + "/mine.yaml").unwrap();
    write(&shop, &[plain.as_slice(), &rules].concat(), &[]);
    write(&shop, &[plain.as_slice(), &rules[..1]].concat(), &[]);
    let after = files(&shop);
    assert!(after.contains_key(copies[1]) && !after.contains_key(copies[0]), "{after:?}");
}
