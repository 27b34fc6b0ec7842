//! How long the single stages take on a list of a thousand Services: reading the tree, and the whole function.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use overrides::krm::Tree;
use overrides::transform;

/// A list of Services in two versions each, as kpt sends one.
fn resource_list(services: usize) -> String {
    let mut list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for number in 0..services {
        let _ = write!(
            list,
            "- apiVersion: v1\n  kind: Service\n  metadata:\n    name: s{number}\n  spec:\n    selector:\n      app: \
             s{number}\n    ports:\n    - name: http\n      port: 80\n"
        );
        for version in ["v1", "v2"] {
            let _ = write!(
                list,
                "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: s{number}-{version}\n  spec:\n    \
                 template:\n      metadata:\n        labels:\n          app: s{number}\n          version: {version}\n"
            );
        }
    }
    list
}

fn stages(criterion: &mut Criterion) {
    let list = resource_list(1_000);
    criterion.bench_function("tree", |bencher| bencher.iter(|| black_box(Tree::parse(&list)).is_ok()));
    criterion.bench_function("function", |bencher| {
        bencher.iter(|| black_box(transform::function(list.as_bytes())).is_ok());
    });
}

criterion_group!(benches, stages);
criterion_main!(benches);
