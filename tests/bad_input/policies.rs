//! The policy.

use super::*;

#[test]
fn a_mistake_in_the_policy_names_the_field_and_the_nearest_right_spelling() {
    let cases = [
        ("{heder: x}", "OV010", "spec.heder", "`header`"),
        ("{Header: x}", "OV010", "spec.Header", "`header`"),
        ("{versionLabel: [x]}", "OV010", "spec.versionLabel", "`versionLabels`"),
        ("{default_version: v1}", "OV010", "spec.default_version", "`defaultVersion`"),
        ("{existing: skp}", "OV010", "spec.existing", "`skip`"),
        ("{existing: 3}", "OV010", "spec.existing", ""),
        ("{unversioned: lable}", "OV010", "spec.unversioned", "`label`"),
        ("{unversioned: Warn}", "OV010", "spec.unversioned", "`warn`"),
        ("{singleVersion: pinn}", "OV010", "spec.singleVersion", "`pin`"),
        ("{baggage: 'yes'}", "OV010", "spec.baggage", "`true` or `false`"),
        ("{tracestate: [true]}", "OV010", "spec.tracestate", "`true` or `false`"),
        ("{versionLabels: version}", "OV010", "spec.versionLabels", "a list"),
        ("{versionLabels: []}", "OV010", "spec.versionLabels", "at least one"),
        ("{versionLabels: ['a b']}", "OV010", "spec.versionLabels[0]", "label key"),
        ("{versionLabels: [version, Example.com/v]}", "OV010", "spec.versionLabels[1]", "label key"),
        ("{defaultVersion: 1.0}", "OV010", "spec.defaultVersion", "quotes"),
        ("{rootNamespace: [a]}", "OV010", "spec.rootNamespace", "text"),
        ("{exportTo: shop}", "OV010", "spec.exportTo", "a list"),
        ("{exportTo: []}", "OV010", "spec.exportTo", "at least one"),
        ("{exportTo: [Shop]}", "OV010", "spec.exportTo", "no namespace"),
        ("{exportTo: ['*', shop]}", "OV010", "spec.exportTo", "stands alone"),
        ("{exportTo: [shop, shop]}", "OV010", "spec.exportTo", "twice"),
        ("{select: {matchLabel: {}}}", "OV010", "spec.select.matchLabel", "`matchLabels`"),
        (
            "{select: {matchExpressions: [{key: a, operator: in}]}}",
            "OV010",
            "spec.select.matchExpressions[0].operator",
            "`In`",
        ),
        ("{select: {matchExpressions: [{operator: In}]}}", "OV010", "spec.select.matchExpressions[0]", "key"),
        ("{services: reviews}", "OV010", "spec.services", "a list"),
        ("{services: [reviews]}", "OV010", "spec.services[0]", "a mapping"),
        ("{services: [{}]}", "OV010", "spec.services[0]", "name"),
        ("{services: [{nme: reviews}]}", "OV010", "spec.services[0].nme", "`name`"),
        ("{services: [{name: reviews, defaultVersion: 2}]}", "OV010", "spec.services[0].defaultVersion", "quotes"),
        ("{services: [{name: reviews, ignore: 'true'}]}", "OV010", "spec.services[0].ignore", "`true` or `false`"),
        ("{services: [{name: reviws}]}", "OV011", "spec.services[0].name", "`reviews`"),
        ("{services: [{name: reviews, namespace: shop}]}", "OV011", "spec.services[0].name", "reviews"),
        ("{services: [{name: reviews}, {name: reviews}]}", "OV012", "spec.services[1].name", "spec.services[0]"),
        ("3", "OV010", "spec", "a mapping"),
    ];
    for (spec, code, field, named) in cases {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let list = resource_list(&policy, &[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
        list_is_refused(&list, code, "Overrides mesh", field);
        let run = overrides(&[], list.as_bytes());
        assert!(run.stderr.contains(named), "{spec}: {named}: {}", run.stderr);

        let policy = format!("{}\nspec: {spec}\n", POLICY.replace("\n  ", "\n"));
        let run = overrides(&["render", "-"], stream(&[SERVICE, &policy]).as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{spec}: {}", run.stderr);
        says(&run, code, field);
        assert!(run.stderr.contains(" --> standard input:"), "{}", run.stderr);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mesh.yaml");
        fs::write(&file, policy).unwrap();
        let run = overrides(&["render", "-", "--config", file.to_str().unwrap()], SERVICE.as_bytes());
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{spec}: {}", run.stderr);
        says(&run, code, field);
        assert!(run.stderr.contains("mesh.yaml"), "the file is named: {}", run.stderr);
    }
}

#[test]
fn no_sentence_speaks_of_the_types_of_the_program() {
    let specs = ["{singleVersion: true}", "{existing: }", "{unversioned: [a]}", "{existing: 3}"];
    for spec in specs {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let run = overrides(&[], resource_list(&policy, &[SERVICE]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec}");
        for jargon in ["enum", "struct", "Existing", "SingleVersion", "Unversioned", "invalid length", "variant"] {
            assert!(!run.stderr.replace("singleVersion", "").contains(jargon), "{spec}: {jargon}: {}", run.stderr);
        }
    }
}

#[test]
fn a_mistake_in_a_config_map_names_the_setting_and_the_nearest_right_spelling() {
    let cases = [
        ("{heder: x}", "data.heder", "`header`"),
        ("{existing: skp}", "data.existing", "`skip`"),
        ("{baggage: 'yes'}", "data.baggage", "`true`, `false`"),
        ("{baggage: true}", "data.baggage", "quotes"),
        ("{versionLabels: ' , '}", "data.versionLabels", "names"),
        ("{versionLabels: 'version,a b'}", "data.versionLabels", "label key"),
        ("{services: reviews}", "data.services", "no field `services`"),
        ("[a]", "data", "a mapping"),
        ("3", "data", "a mapping"),
    ];
    for (data, field, named) in cases {
        let config = format!("functionConfig: {{apiVersion: v1, kind: ConfigMap, data: {data}}}\n");
        let list = resource_list(&config, &[SERVICE]);
        let run = overrides(&[], list.as_bytes());
        assert!(run.stderr.contains(named), "{data}: {named}: {}", run.stderr);
        assert!(run.stdout.starts_with(&list), "{}", run.stdout);
        assert_eq!(run.code, Some(1));
        says(&run, "OV010", field);
    }
}

#[test]
fn a_policy_of_another_kind_or_twice_is_refused() {
    for config in ["{}", "[a]", "a", "{kind: Overrides}", "{apiVersion: overrides.dev/v2, kind: Overrides}"] {
        let list = resource_list(&format!("functionConfig: {config}\n"), &[SERVICE]);
        let run = overrides(&[], list.as_bytes());
        assert_eq!(run.code, Some(1), "{config}");
        says(&run, "OV010", "Overrides");
    }
    let policy = POLICY.replace("\n  ", "\n") + "\n";
    let run = overrides(&["render", "-"], stream(&[&policy, SERVICE, &policy]).as_bytes());
    is_refused_unread(&run, "OV014", "Overrides mesh");
}

#[test]
fn a_policy_that_nobody_would_read_is_an_error_and_names_the_right_spelling() {
    let object = |api_version: &str, kind: &str| {
        format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: mesh}}\nspec: {{defaultVersion: v2}}\n")
    };
    for (api_version, kind, field) in [
        ("overrides.dev/v1", "Overrides", "apiVersion"),
        ("overrides.dev/v1alpha2", "Overrides", "apiVersion"),
        ("override.dev/v1alpha1", "Overrides", "apiVersion"),
        ("Overrides.dev/v1alpha1", "overrides", "apiVersion"),
        ("overrides.dev", "Overrides", "apiVersion"),
        ("v1alpha1", "Overrides", "apiVersion"),
        ("v1", "Override", "apiVersion"),
        ("overrides.dev/v1alpha1", "Override", "kind"),
        ("overrides.dev/v1alpha1", "overrides", "kind"),
        ("overrides.dev/v1alpha1", "Policy", "kind"),
    ] {
        let policy = object(api_version, kind);
        let name = format!("{kind} mesh");
        list_is_refused(&resource_list("", &[SERVICE, &policy]), "OV010", &name, field);
        let good = POLICY.replace("\n  ", "\n") + "\n";
        for documents in [vec![SERVICE, &policy], vec![&good, &policy, SERVICE], vec![SERVICE, &policy, &good]] {
            let run = overrides(&["render", "-"], stream(&documents).as_bytes());
            assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{policy}: {}", run.stderr);
            says(&run, "OV010", "standard input:");
            assert!(
                run.stderr.contains("`apiVersion: overrides.dev/v1alpha1` and `kind: Overrides`"),
                "{}",
                run.stderr
            );
        }
    }
    // What has the name of the kind, or nearly, and is somebody else's.
    for (api_version, kind) in [
        ("example.com/v1", "Overrides"),
        ("policy.karmada.io/v1alpha1", "OverridePolicy"),
        ("overrides.example.com/v1alpha1", "Overrides"),
        ("v1", "ConfigMap"),
    ] {
        let input = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}"), &object(api_version, kind)]);
        let run = overrides(&["render", "-"], input.as_bytes());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{api_version} {kind}");
        assert!(run.stdout.contains(&object(api_version, kind)), "{}", run.stdout);
    }
}

#[test]
fn single_settings_are_checked_like_the_rest() {
    for (setting, named) in [
        ("heder=x", "`header`"),
        ("existing=skp", "`skip`"),
        ("header", "key=value"),
        ("key:value", "key=value"),
        ("", "="),
        ("=x", "no key"),
        (" = ", "no key"),
        ("header=", "header"),
        ("defaultVersion=a b", "cannot be a version"),
        ("baggage=yes", "`true`"),
    ] {
        let run = overrides(&["render", "-", "--set", setting], SERVICE.as_bytes());
        is_wrong_usage(&run, named);
    }
}

/// What is wrong with an argument is wrong whatever the files say.
#[track_caller]
fn is_wrong_usage(run: &Run, named: &str) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.stderr.starts_with("error: invalid value '") && run.stderr.contains("'--set <KEY=VALUE>'"), "{run:?}");
    assert!(run.stderr.contains(named), "`{named}` is not named: {}", run.stderr);
}

#[test]
fn a_header_name_that_every_match_would_repeat_is_not_longer_than_any_that_is_in_use() {
    let list = |length: usize| {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {{header: {}}}\n", "h".repeat(length));
        resource_list(&policy, &[SERVICE, &deployment("first", "{app: reviews, version: v1}")])
    };
    assert_eq!(overrides(&[], list(256).as_bytes()).code, Some(0));
    list_is_refused(&list(257), "OV010", "Overrides mesh", "spec.header");
}

#[test]
fn a_select_that_takes_out_all_that_was_generated_is_pointed_out() {
    let given = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v1}")]);
    let objects = overrides(&["render", "-"], given.as_bytes()).stdout;
    let select = |wanted: &str| {
        let policy = format!("{}\nspec: {{select: {wanted}}}\n", POLICY.replace("\n  ", "\n"));
        overrides(&["render", "-"], format!("{policy}---\n{objects}").as_bytes())
    };
    let run = select("{matchLabels: {team: misspelt}}");
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let warned =
        run.stderr.starts_with("warning[OV011]: ") && run.stderr.contains("`select` fits none of the Services");
    assert!(warned, "{}", run.stderr);
    let first = format!("{}\nspec: {{select: {{matchLabels: {{a: b}}}}}}\n---\n{given}", POLICY.replace("\n  ", "\n"));
    let run = overrides(&["render", "-"], first.as_bytes());
    let note = "note: nothing was generated: the Service in the input was skipped, and `-v` says why\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), note), "nobody has opted in, which may be wanted");
    for all in ["{}", "{matchExpressions: [{key: team, operator: DoesNotExist}]}"] {
        let run = select(all);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{all}");
    }
}

#[test]
fn a_setting_that_is_a_whole_structure_is_sent_to_a_file() {
    for setting in ["services=x", "select=x"] {
        let run = overrides(&["render", "-", "--set", setting], SERVICE.as_bytes());
        is_wrong_usage(&run, "Write it in an `Overrides` object");
    }
}

#[test]
fn a_word_that_an_annotation_does_not_know_is_answered_with_those_that_it_does() {
    let service = SERVICE.replace("{name: reviews}", "{name: reviews, annotations: {overrides.dev/ignore: 'yes'}}");
    let run = overrides(&["render", "-"], service.as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    says(&run, "OV006", "Write `true` or `false`");
}

/// Renders with settings from the environment.
fn with_environment(variables: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let input = stream(&[SERVICE, &deployment("first", "{app: reviews, version: v7}")]);
    let mut command = assert_cmd::Command::new(BINARY);
    command.args(["render", "-", "--set-from-env", "ARGOCD_ENV_OVERRIDES_"]).args(arguments);
    let output = command.envs(variables.iter().copied()).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_variable_that_names_no_setting_is_an_error_with_the_nearest_right_name() {
    let cases = [
        ("ARGOCD_ENV_OVERRIDES_DEFALT_VERSION", "Did you mean `ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION`?"),
        ("ARGOCD_ENV_OVERRIDES_DEFAULTVERSION", "Did you mean `ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION`?"),
        ("ARGOCD_ENV_OVERRIDES_defaultVersion", "Did you mean `ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION`?"),
        ("ARGOCD_ENV_OVERRIDES_VERSION_LABEL", "Did you mean `ARGOCD_ENV_OVERRIDES_VERSION_LABELS`?"),
        ("ARGOCD_ENV_OVERIDES_EXISTING", "Did you mean `ARGOCD_ENV_OVERRIDES_EXISTING`?"),
        ("ARGOCD_ENV_OVERRIDE_HEADER", "Did you mean `ARGOCD_ENV_OVERRIDES_HEADER`?"),
        ("ARGOCD_ENV_OVERRIDES_ZZZ", "The variables that set something are `ARGOCD_ENV_OVERRIDES_HEADER`"),
        ("ARGOCD_ENV_OVERRIDES_SERVICES", "Write it in an `Overrides` object"),
        ("ARGOCD_ENV_OVERRIDES_SELECT", "Write it in an `Overrides` object"),
    ];
    for (name, cure) in cases {
        for value in ["v1", ""] {
            let (code, stdout, stderr) = with_environment(&[(name, value)], &[]);
            assert_eq!((code, stdout.as_str()), (Some(1), ""), "{name}: {stderr}");
            assert!(stderr.starts_with("error[OV010]: ") && stderr.contains(name), "{stderr}");
            assert!(stderr.contains(cure), "{name}: {stderr}");
        }
    }
}

#[test]
fn settings_may_come_from_the_environment() {
    let variables = [("ARGOCD_ENV_OVERRIDES_HEADER", "x-preview"), ("ARGOCD_ENV_OVERRIDES_UNKNOWN_VERSION", "mark")];
    let (code, stdout, stderr) = with_environment(&variables, &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("x-preview:"), "{stdout}");
    let (_, stdout, _) = with_environment(&variables, &["--set", "header=x-route"]);
    assert!(stdout.contains("x-route:") && !stdout.contains("x-preview:"), "`--set` beats it");
    // What is empty says nothing, and what others set is theirs.
    let others =
        [("ARGOCD_ENV_OVERRIDES_HEADER", ""), ("OVERRIDES_HEADER", "x-evil"), ("ARGOCD_ENV_HELM_ARGS", "--debug")];
    let (code, stdout, stderr) = with_environment(&others, &[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains("default-reviews") && !stdout.contains("x-evil"), "{stdout}");
    // A value is judged as elsewhere, and a stated default is stated.
    let (code, _, stderr) = with_environment(&[("ARGOCD_ENV_OVERRIDES_EXISTING", "replace")], &[]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("error[OV010]: existing: `replace` is not one of the possible values"), "{stderr}");
    let (code, _, stderr) = with_environment(&[("ARGOCD_ENV_OVERRIDES_DEFAULT_VERSION", "v1")], &[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.starts_with("warning[OV044]: "), "{stderr}");
}
