//! What a client is told when something is refused or fails.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use folio::Error;
use serde_json::json;
use std::{fmt, io};

/// Why a request was not carried out, or the service ended.
pub enum Failure {
    NoTicket(u64),
    Store(Error),
    Network(io::Error),
    Panicked(tokio::task::JoinError),
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoTicket(_) | Self::Store(Error::NotFound { .. }) => StatusCode::NOT_FOUND,
            Self::Store(Error::KeyExists { .. } | Error::UniqueViolation { .. }) => {
                StatusCode::CONFLICT
            }
            Self::Store(Error::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            // It may well be better elsewhere, or later.
            Self::Store(
                Error::Closed
                | Error::Poisoned { .. }
                | Error::OutcomeUnknown { .. }
                | Error::MemoryLimit { .. },
            ) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Network(_) | Self::Panicked(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            eprintln!("{status}: {self}");
        }
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTicket(id) => write!(f, "there is no ticket {id}"),
            Self::Store(error) => error.fmt(f),
            Self::Network(error) => error.fmt(f),
            Self::Panicked(error) => error.fmt(f),
        }
    }
}

/// As `main` shows it.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Network(error)
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Panicked(error)
    }
}
