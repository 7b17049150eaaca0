//! Listening. An accept loop of our own, because a client that sends its request head slowly, or
//! not at all, must be cut off, and because connections are counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

use crate::app::Shared;
use crate::web::patience::Patience;

/// The process answers.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The store answers; a load balancer sends nobody here otherwise.
pub async fn readyz(State(app): State<Shared>) -> Response {
    if let Some(wrong) = app.log.wrong() {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("the database is not what was signed: {wrong}\n"))
            .into_response();
    }
    match app.store.outbox().await {
        Ok(outbox) => (StatusCode::OK, format!("ok\nwaiting {}\n", outbox.waiting)).into_response(),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

/// Serves until `stop` resolves, then lets requests in progress end.
pub async fn serve(app: Shared, listener: TcpListener, stop: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    let service = super::router(app.clone());
    let room = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(limits.header_seconds));
    let silence = Duration::from_secs(limits.header_seconds.div_ceil(2));
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(silence).keep_alive_timeout(silence);
    builder.http2().max_concurrent_streams(128);
    let timeout = Duration::from_secs(limits.request_seconds);
    tokio::pin!(stop);
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        let (stream, peer): (_, SocketAddr) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let service = service.clone();
        let answer = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let answered = tokio::time::timeout(timeout, service.clone().oneshot(request.map(axum::body::Body::new)));
            async move {
                Ok::<_, std::convert::Infallible>(match answered.await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
                })
            }
        });
        let stream = Patience::new(stream, Duration::from_secs(limits.header_seconds), timeout);
        let connection = builder.serve_connection(TokioIo::new(stream), answer).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    // Streams never end by themselves soon enough.
    app.live.stop();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => tracing::warn!("some requests were cut off at shutdown"),
    }
}
