//! TLS to issuers and providers: whom it trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::with_causes;

/// Why nobody can be asked by TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file of authorities has none.
    #[error("auth.ca_file {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has no authorities.
    #[error("this system trusts no authority that signs certificates ({0}): name a file of them as auth.ca_file")]
    System(String),
    /// The library does not take what it is told.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// TLS 1.2 or 1.3.
pub(crate) struct Tls(TlsConnector);

impl Tls {
    /// To servers whose certificates are signed by authorities of the file, or of the system if there is none.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let roots = match ca_file {
            Some(path) => of_file(path)?,
            None => of_system()?,
        };
        // The provider is named: what a process has by default is whatever was asked for first.
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    pub(super) async fn connect(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(with_causes)?;
        self.0.connect(name, stream).await.map_err(with_causes)
    }
}

fn of_file(path: &Path) -> Result<RootCertStore, TlsError> {
    let wrong = |reason: String| TlsError::File { path: path.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("found no certificate in PEM".to_owned())) } else { Ok(roots) }
}

/// Those that the operator of the machine trusts. Of a hundred some are old and odd: what cannot be read is not trusted.
fn of_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let reasons = if reasons.is_empty() { "there are none".to_owned() } else { reasons.join("; ") };
        return Err(TlsError::System(reasons));
    }
    Ok(roots)
}
