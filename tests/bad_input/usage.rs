//! Wrong usage, and the other end of the pipe.

use super::*;

#[test]
fn wrong_usage_exits_with_2_and_writes_nothing() {
    let cases: [&[&str]; 17] = [
        &["frobnicate"],
        &["--frobnicate"],
        &["reviews.yaml"],
        &["render"],
        &["render", "-", "--frobnicate"],
        &["render", "-", "--config"],
        &["render", "-", "--set"],
        &["render", "-", "--only-generated", "--output-dir", "x"],
        &["completions", "tcsh"],
        &["render", "-", "-"],
        &["render", "-", "-f", "-"],
        &["render", "-f"],
        &["explain", "-", "-"],
        &["render", "-", "--set", "key:value"],
        &["render", "-", "--format", "xml"],
        &["findings", "OV999"],
        &["-f", "reviews.yaml"],
    ];
    for arguments in cases {
        let run = overrides(arguments, SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
}

#[cfg(feature = "cluster")]
#[test]
fn wrong_usage_of_what_talks_to_a_cluster_exits_with_2_before_it_looks_for_one() {
    let cases: [&[&str]; 5] = [
        &["generate", "--set", "key:value"],
        &["generate", "--set", "heder=x"],
        &["generate", "-f", "reviews.yaml"],
        &["operator", "--settle", "-1"],
        &["operator", "--settle=nan"],
    ];
    for arguments in cases {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
}

/// kubectl takes `-f FILE` and `-k FOLDER`, and clap would advise `-- -f`, which means a file named `-f`.
#[test]
fn no_tip_misleads_whoever_comes_from_kubectl() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.yaml");
    fs::write(&file, stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}")])).unwrap();
    let path = file.to_str().unwrap();
    let plain = overrides(&["render", path], b"");
    assert_eq!(plain.code, Some(0));
    for arguments in [&["render", "-f", path][..], &["render", "--filename", path], &["render", &format!("-f{path}")]] {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, &run.stdout, &run.stderr), (Some(0), &plain.stdout, &plain.stderr), "{arguments:?}");
    }
    let piped = overrides(&["explain", "-f", "-"], plain.stdout.as_bytes());
    assert_eq!(piped.stdout, overrides(&["explain", "-"], plain.stdout.as_bytes()).stdout);
    for (arguments, helps) in [
        (&["render", "-k", "x"][..], "kustomize build DIR | overrides render -"),
        (&["render", "-x", "y"], "unexpected argument '-x' found"),
        (&["render", "--forma", "json"], "--format"),
        (&["explain", "-R", "-"], "unexpected argument '-R' found"),
        (&["-f", path], "unexpected argument '-f' found"),
        (&[path], "`overrides render "),
        (&["./shop"], "`overrides render ./shop`"),
        (&["-"], "`overrides render -`"),
    ] {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains(helps) && !run.stderr.contains("'-- "), "{arguments:?}: {}", run.stderr);
    }
}

/// A file that is not there is no wrong usage: it may be there tomorrow, and the arguments are the same.
#[test]
fn a_file_that_cannot_be_read_exits_with_1_whatever_it_is_for() {
    let nowhere = "/nonexistent/x.yaml";
    for arguments in [
        &["render", nowhere][..],
        &["render", "-f", nowhere],
        &["render", "-", "--config", nowhere],
        &["explain", nowhere],
        &["explain", "-", "--config", nowhere],
    ] {
        let run = overrides(arguments, SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("cannot read /nonexistent/x.yaml"), "{}", run.stderr);
    }
}

#[cfg(not(feature = "cluster"))]
#[test]
fn a_command_that_this_build_leaves_out_says_where_it_is() {
    for arguments in [&["generate", "-n", "shop", "--context", "prod"][..], &["operator", "--help"], &["crd"]] {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains("--features cluster"), "{}", run.stderr);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["-V"], &["render", "--help"]] {
        let run = overrides(arguments, b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
}

#[test]
fn a_reader_that_leaves_early_is_a_quiet_success() {
    // Several times what a pipe holds, so that the command is still writing when its reader leaves.
    let documents: Vec<String> = (0..500)
        .flat_map(|number| {
            let service = SERVICE.replace("reviews", &format!("reviews-{number}"));
            [service, deployment(&format!("first-{number}"), &format!("{{app: reviews-{number}, version: v1}}"))]
        })
        .collect();
    let list = resource_list("", &documents);
    let rendered = stream(&documents);
    let cases: [(&[&str], &str); 4] =
        [(&[], &list), (&["render", "-"], &rendered), (&["completions", "bash"], ""), (&["--help"], "")];
    for (arguments, input) in cases {
        let mut child = Command::new(BINARY)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // What reads nothing may be gone before everything is written.
        let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let mut first = [0; 10];
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_is_a_failure_and_not_a_success() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut child = Command::new(BINARY).stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(resource_list("", &[SERVICE]).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("standard output"));
}

#[test]
fn a_failed_run_leaves_the_output_folder_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let path = out.to_str().unwrap();
    let good = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
    assert_eq!(overrides(&["render", "-", "--output-dir", path], good.as_bytes()).code, Some(0));
    let files = |folder: &std::path::Path| {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = files(&out);
    assert_eq!(before.len(), 2);
    let bad = stream(&[SERVICE, SERVICE]);
    assert_eq!(overrides(&["render", "-", "--output-dir", path], bad.as_bytes()).code, Some(1));
    assert_eq!(files(&out), before);

    let run = overrides(&["render", "-", "--output-dir", before[0].0.to_str().unwrap()], good.as_bytes());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_users_own_file_in_the_output_folder_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (path, own) = (folder.path().to_str().unwrap(), "kind: ConfigMap\nmetadata: {name: precious}\n");
    let file = folder.path().join("virtualservice_reviews-overrides.yaml");
    fs::write(&file, own).unwrap();
    let input = stream(&[SERVICE.to_owned(), deployment("reviews", "{app: reviews, version: v1}")]);
    let run = overrides(&["render", "-", "--output-dir", path], input.as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("virtualservice_reviews-overrides.yaml is there already"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), own);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is written half");

    fs::remove_file(&file).unwrap();
    for _ in 0..2 {
        assert_eq!(overrides(&["render", "-", "--output-dir", path], input.as_bytes()).code, Some(0));
    }
}

/// The next run would find the rule twice, and so would whoever applies the folder.
#[test]
fn a_copy_of_a_users_rule_is_not_written_among_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let rule = "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: mine}\nspec:\n  hosts: [reviews]\n  \
                http:\n  - route:\n    - destination: {host: reviews}\n";
    let versions = ["v1", "v2"].map(|version| deployment(version, &format!("{{app: reviews, version: {version}}}")));
    let shop = folder.path().join("shop");
    fs::create_dir(&shop).unwrap();
    fs::write(shop.join("all.yaml"), stream(&[SERVICE, &versions[0], &versions[1], rule])).unwrap();
    let render = |out: &str| {
        overrides(&["render", "--output-dir", folder.path().join(out).to_str().unwrap(), shop.to_str().unwrap()], b"")
    };
    for within in ["shop", "shop/generated", "shop/../shop/generated"] {
        let run = render(within);
        assert_eq!(run.code, Some(1), "{within}: {}", run.stderr);
        assert!(run.stderr.contains("VirtualService mine is yours"), "{}", run.stderr);
        assert_eq!(fs::read_dir(&shop).unwrap().count(), 1, "nothing is written");
    }
    let (out, file) = (shop.to_str().unwrap(), shop.join("all.yaml"));
    let run = overrides(&["render", "--output-dir", out, file.to_str().unwrap()], b"");
    assert!(run.code == Some(1) && run.stderr.contains("VirtualService mine is yours"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("beside the one in {}", file.display())), "{}", run.stderr);
    // One from elsewhere may be written beside files that are named one by one.
    let (apart, beside) = (folder.path().join("apart.yaml"), folder.path().join("beside"));
    fs::create_dir(&beside).unwrap();
    fs::write(beside.join("services.yaml"), stream(&[SERVICE, &versions[0], &versions[1]])).unwrap();
    fs::write(&apart, rule).unwrap();
    let services = beside.join("services.yaml");
    let [out, services, apart] = [&beside, &services, &apart].map(|path| path.to_str().unwrap());
    assert_eq!(overrides(&["render", "--output-dir", out, services, apart], b"").code, Some(0));
    for beside in ["generated", "shop/.generated"] {
        for _ in 0..2 {
            let run = render(beside);
            assert_eq!(run.code, Some(0), "{beside}: {}", run.stderr);
        }
    }
    // Where it stands under its own name in that folder, it is edited in its place.
    fs::write(shop.join("all.yaml"), stream(&[SERVICE, &versions[0], &versions[1]])).unwrap();
    fs::write(shop.join("virtualservice_mine.yaml"), rule).unwrap();
    for _ in 0..2 {
        assert_eq!(render("shop").code, Some(0));
    }
    assert!(fs::read_to_string(shop.join("virtualservice_mine.yaml")).unwrap().contains("override-reviews-v2"));
}

#[cfg(unix)]
#[test]
fn a_files_name_gives_no_orders_to_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ev\u{1b}[31mil.yaml");
    let missing = overrides(&["render", file.to_str().unwrap()], b"");
    fs::write(&file, stream(&[SERVICE, SERVICE])).unwrap();
    let shown = overrides(&["render", file.to_str().unwrap()], b"");
    for run in [missing, shown] {
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains("[31mil.yaml") && !run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_cannot_be_written_is_no_reason_to_panic() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(BINARY);
    let status = command.args(["render", "no-such-file"]).stdout(Stdio::null()).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
