//! Wrong types.

use super::*;

#[test]
fn a_wrong_type_in_a_service_names_item_field_and_what_is_needed() {
    let cases = [
        ("3", "spec", "a mapping"),
        ("{selector: [a]}", "spec.selector", "a mapping"),
        ("{selector: []}", "spec.selector", "a mapping"),
        ("{selector: a}", "spec.selector", "a mapping"),
        ("{selector: {app: 1}}", "spec.selector.app", "text"),
        ("{selector: {app: yes}}", "spec.selector.app", "text"),
        ("{selector: {app: [a]}}", "spec.selector.app", "text"),
        ("{selector: {app.kubernetes.io/name: 1}}", "spec.selector[app.kubernetes.io/name]", "text"),
        ("{ports: 80}", "spec.ports", "a list"),
        ("{ports: {port: 80}}", "spec.ports", "a list"),
        ("{ports: [80]}", "spec.ports[0]", "a mapping"),
        ("{ports: [null]}", "spec.ports[0]", "a mapping"),
        ("{ports: [{name: http}]}", "spec.ports[0]", "port"),
        ("{ports: [{port: 80}, {port: '81'}]}", "spec.ports[1].port", "a whole number"),
        ("{ports: [{port: eighty}]}", "spec.ports[0].port", "a whole number"),
        ("{ports: [{port: 80.5}]}", "spec.ports[0].port", "a whole number"),
        ("{ports: [{port: 80, name: 1}]}", "spec.ports[0].name", "text"),
        ("{ports: [{port: 80, appProtocol: {}}]}", "spec.ports[0].appProtocol", "text"),
        ("{type: 1}", "spec.type", "text"),
        ("{clusterIP: [None]}", "spec.clusterIP", "text"),
    ];
    for (spec, field, needed) in cases {
        let document = spec_of_service(spec);
        objects_are_refused(&[&document], "OV006", "Service reviews", field);
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert!(run.stderr.contains(needed), "{spec}: {needed}: {}", run.stderr);
    }
}

#[test]
fn a_number_that_is_no_port_is_named_as_written_and_told_why() {
    for port in ["70000", "-1", "0x1F000"] {
        let document = spec_of_service(&format!("{{ports: [{{port: {port}}}]}}"));
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert_eq!(run.code, Some(1));
        assert!(run.stderr.contains(&format!("the number `{port}`")), "{port}: {}", run.stderr);
    }
    // 70000 is a whole number: that is not what is wrong with it.
    let document = spec_of_service("{ports: [{port: 70000}]}");
    let run = overrides(&[], resource_list("", &[document]).as_bytes());
    assert!(!run.stderr.contains("stands where a whole number is needed"), "{}", run.stderr);
}

#[test]
fn a_list_where_a_mapping_is_needed_is_never_taken_for_its_fields_in_order() {
    let service = [("[]", "spec"), ("[ClusterIP]", "spec"), ("{ports: [[80]]}", "spec.ports[0]")];
    for (spec, field) in service {
        let document = spec_of_service(spec);
        objects_are_refused(&[&document], "OV006", "Service reviews", field);
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert!(run.stderr.contains("a list stands where a mapping is needed"), "{spec}: {}", run.stderr);
    }
    for (spec, field) in [("[]", "spec"), ("{template: []}", "spec.template"), ("{updateStrategy: [OnDelete]}", "spec")]
    {
        let document = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: reviews}}\nspec: {spec}\n");
        let run = overrides(&[], resource_list("", &[document]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec}");
        says(&run, "OV006", field);
        assert!(run.stderr.contains("a list stands where a mapping is needed"), "{spec}: {}", run.stderr);
    }
    for spec in ["[]", "[x-override, true]", "{select: []}", "{services: [[reviews]]}"] {
        let policy = format!("functionConfig:\n  {POLICY}\n  spec: {spec}\n");
        let run = overrides(&[], resource_list(&policy, &[SERVICE]).as_bytes());
        assert_eq!(run.code, Some(1), "{spec} is no policy");
        says(&run, "OV010", "Overrides mesh");
    }
}

#[test]
fn a_wrong_type_in_a_workload_or_rule_names_item_and_field() {
    let deployment =
        |spec: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: reviews}}\nspec: {spec}\n");
    let rule = |kind: &str, spec: &str| {
        format!("apiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: reviews}}\nspec: {spec}\n")
    };
    let cases = [
        (deployment("{replicas: many}"), "spec.replicas"),
        (deployment("{replicas: -1}"), "spec.replicas"),
        (deployment("{template: {metadata: a}}"), "spec.template.metadata"),
        (deployment("{template: {metadata: {labels: [a]}}}"), "spec.template.metadata.labels"),
        (deployment("{template: {metadata: {labels: {version: [a]}}}}"), "spec.template.metadata.labels.version"),
        (deployment("{updateStrategy: x}"), "spec.updateStrategy"),
        (deployment("{updateStrategy: {type: 1}}"), "spec.updateStrategy.type"),
        (rule("DestinationRule", "{host: 1}"), "spec.host"),
        (rule("VirtualService", "{hosts: reviews}"), "spec.hosts"),
        (rule("VirtualService", "{hosts: [1]}"), "spec.hosts[0]"),
        (rule("VirtualService", "{gateways: mesh}"), "spec.gateways"),
        (rule("VirtualService", "{http: {}}"), "spec.http"),
        (rule("VirtualService", "{http: [a]}"), "spec.http[0]"),
        (rule("VirtualService", "{http: [{route: {}}]}"), "spec.http[0].route"),
        (rule("VirtualService", "{http: [{route: [{destination: a}]}]}"), "spec.http[0].route[0].destination"),
        (
            rule("VirtualService", "{tcp: [{route: [{destination: {host: 1}}]}]}"),
            "spec.tcp[0].route[0].destination.host",
        ),
    ];
    for (document, field) in &cases {
        let object = document.lines().nth(1).unwrap().replace("kind: ", "") + " reviews";
        objects_are_refused(&[SERVICE, document], "OV006", &object, field);
    }
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: [a]}\n";
    objects_are_refused(&[pod], "OV006", "Pod p", "metadata.labels");
}

#[test]
fn a_wrong_type_in_a_field_that_nobody_reads_is_not_our_business() {
    let documents = [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: [b]\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {minReadySeconds: x, template: {spec: 3}}\n",
        "apiVersion: other.example.com/v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: 3, ports: x}\n",
    ];
    let list = resource_list("", &documents);
    let run = overrides(&[], list.as_bytes());
    assert_eq!((run.code, run.stdout, run.stderr.as_str()), (Some(0), list, ""));
}

#[test]
fn a_namespace_that_yaml_takes_for_something_else_is_refused() {
    for namespace in ["y", "123", "1e3", "[a]"] {
        let service = SERVICE.replace("{name: reviews}", &format!("{{name: reviews, namespace: {namespace}}}"));
        objects_are_refused(&[&service], "OV006", "Service reviews", "metadata.namespace");
    }
}
