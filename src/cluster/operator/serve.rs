//! `/healthz`, `/readyz` and `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use super::lease::Leadership;
use super::metrics::Metrics;

/// What the operator says of itself.
pub(super) struct Health {
    /// Whether it knows the whole cluster. A replica that does not lead is ready all the same: it waits for its turn.
    pub(super) is_ready: AtomicBool,
    pub(super) metrics: Metrics,
    leadership: Arc<Leadership>,
}

impl Health {
    pub(super) fn new(leadership: Arc<Leadership>) -> Self {
        Self { is_ready: AtomicBool::new(false), metrics: Metrics::new(), leadership }
    }

    /// All numbers, as they are at this moment: a replica that stood still must not say that it leads.
    fn metrics(&self) -> String {
        self.metrics.is_leader.set(i64::from(self.leadership.is_held()));
        self.metrics.text()
    }
}

/// Opens the port.
///
/// # Errors
/// When it is in use, or not to be had.
pub(super) async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Answers until the runtime ends.
pub(super) async fn serve(listener: TcpListener, health: Arc<Health>) {
    let ready = Arc::clone(&health);
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route(
            "/readyz",
            get(move || async move {
                if ready.is_ready.load(Ordering::Relaxed) {
                    (StatusCode::OK, "ok\n")
                } else {
                    (StatusCode::SERVICE_UNAVAILABLE, "the cluster is still being read\n")
                }
            }),
        )
        .route(
            "/metrics",
            get(move || async move {
                let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
                ([(header::CONTENT_TYPE, kind)], health.metrics()).into_response()
            }),
        );
    // It ends with the process.
    let _ = axum::serve(listener, router).await;
}
