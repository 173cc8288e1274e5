//! A provider of OpenID Connect for tests: it does what one does, unless it is told to do something else.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use lithair_core::testing::{Algorithm, Issuer};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use super::seconds;

/// What a path answers instead of what it should.
#[derive(Clone)]
pub(crate) enum Odd {
    /// This status and body.
    Says(u16, String),
    /// A redirect to another path.
    Redirects(&'static str),
    /// Bytes without end.
    Floods,
    /// Nothing, ever.
    Hangs,
    /// What it should, once nobody holds this any more.
    Waits(Arc<Mutex<()>>),
}

/// What the provider knows.
pub(crate) struct State {
    pub(crate) issuer: Issuer,
    algorithm: Algorithm,
    pub(crate) document: Value,
    /// What paths do that do not do what they should.
    pub(crate) odd: HashMap<String, Odd>,
    /// Claims of the ID tokens of codes that were given out, and the challenge.
    codes: HashMap<String, (Value, String)>,
    /// Whether a code is good more than once, as it should not be.
    pub(crate) takes_codes_again: bool,
    /// The ID token of the next answer, if it is not made from the claims.
    pub(crate) forged: Option<String>,
    /// Paths that were asked for, in order.
    pub(crate) asked: Vec<String>,
}

/// Listens until the test ends.
pub(crate) struct Provider {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    /// What its certificate is signed by, in PEM.
    pub(crate) ca: String,
}

impl Provider {
    /// On this machine, without TLS.
    pub(crate) fn start() -> Self {
        Self::signing(Algorithm::Es256)
    }

    /// The same, with ID tokens that are signed by this algorithm.
    pub(crate) fn signing(algorithm: Algorithm) -> Self {
        Self::listen("http", None, String::new(), algorithm)
    }

    /// The same by TLS, with a certificate for `localhost` of an authority that nobody knows.
    pub(crate) fn start_tls() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).expect("a certificate").pem();
        let authority = rcgen::Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
        let leaf = leaf.signed_by(&key, &authority).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
        let config = config.with_single_cert(vec![leaf.der().clone()], key).expect("a certificate");
        Self::listen("https", Some(Arc::new(config)), ca, Algorithm::Es256)
    }

    fn listen(scheme: &str, tls: Option<Arc<ServerConfig>>, ca: String, algorithm: Algorithm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = if tls.is_some() { "localhost" } else { "127.0.0.1" };
        let url = format!("{scheme}://{host}:{}", listener.local_addr().expect("an address").port());
        let state = State {
            issuer: Issuer::new(algorithm),
            algorithm,
            document: json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"),
                "jwks_uri": format!("{url}/keys"),
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": [algorithm.word()],
            }),
            odd: HashMap::new(),
            codes: HashMap::new(),
            takes_codes_again: false,
            forged: None,
            asked: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.expect("a connection"), Arc::clone(&shared));
                let tls = tls.clone();
                // One that is hung up on has had enough.
                thread::spawn(move || match tls {
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a connection");
                        let _ = answer(StreamOwned::new(connection, stream), &state);
                    }
                    None => drop(answer(stream, &state)),
                });
            }
        });
        Self { url, state, ca }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// From now on a path does something else.
    pub(crate) fn odd(&self, path: &str, odd: Odd) {
        self.state().odd.insert(path.to_owned(), odd);
    }

    pub(crate) fn asked_for(&self, path: &str) -> usize {
        self.state().asked.iter().filter(|other| *other == path).count()
    }

    /// What a user's browser is sent back with: somebody has logged in of whom the provider says this.
    pub(crate) fn authorize(&self, location: &str, claims: &Value) -> String {
        let query = location.strip_prefix(&format!("{}/authorize?", self.url)).expect("the provider's page");
        let asked: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        assert_eq!((asked["response_type"], asked["code_challenge_method"]), ("code", "S256"));
        let mut said = json!({
            "iss": self.url, "aud": "shop", "exp": seconds() + 60, "iat": seconds(), "nonce": asked["nonce"],
        });
        said.as_object_mut().expect("an object").extend(claims.as_object().expect("an object").clone());
        let mut state = self.state();
        let code = format!("code{}", state.codes.len());
        state.codes.insert(code.clone(), (said, asked["code_challenge"].to_owned()));
        let redirect = asked["redirect_uri"].replace("%3A", ":").replace("%2F", "/");
        let path = redirect.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
        format!("{}?code={code}&state={}&session_state=x.y", path.expect("a path"), asked["state"])
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("is whole")
}

fn answer(mut stream: impl Read + Write, shared: &Mutex<State>) -> std::io::Result<()> {
    let (path, headers, body) = request(&mut stream)?;
    let mut state = lock(shared);
    state.asked.push(path.clone());
    let odd = state.odd.get(&path).cloned();
    let (status, text) = match odd {
        Some(Odd::Hangs) => {
            drop(state);
            // Until the other side has had enough.
            return stream.read(&mut [0]).map(drop);
        }
        Some(Odd::Floods) => {
            drop(state);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"a\":\"")?;
            loop {
                stream.write_all(&[b'a'; 4096])?;
            }
        }
        Some(Odd::Redirects(to)) => {
            let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            return stream.write_all(head.as_bytes());
        }
        Some(Odd::Waits(gate)) => {
            drop(state);
            drop(gate.lock());
            lock(shared).usual(&path, &headers, &body)
        }
        Some(Odd::Says(status, text)) => (status, text),
        None => state.usual(&path, &headers, &body),
    };
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", text.len());
    stream.write_all(format!("{head}{text}").as_bytes())?;
    stream.flush()
}

impl State {
    fn usual(&mut self, path: &str, headers: &str, body: &str) -> (u16, String) {
        match path {
            "/.well-known/openid-configuration" => (200, self.document.to_string()),
            "/keys" => (200, json!({ "keys": [self.issuer.jwk("k")] }).to_string()),
            "/token" => self.token(headers, body),
            _ => (404, String::new()),
        }
    }

    fn token(&mut self, headers: &str, body: &str) -> (u16, String) {
        let refused = |error: &str| (400, json!({ "error": error }).to_string());
        // `shop` and the secret of the tests.
        if !headers.contains("authorization: Basic c2hvcDpzM2NyZXQ=") {
            return refused("invalid_client");
        }
        let form: HashMap<&str, &str> = body.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let code = form["code"];
        let Some((claims, challenge)) = self.codes.get(code).cloned() else { return refused("invalid_grant") };
        if !self.takes_codes_again {
            self.codes.remove(code);
        }
        if super::sha256(form["code_verifier"]) != challenge {
            return refused("invalid_grant");
        }
        let header = json!({ "alg": self.algorithm.word(), "kid": "k" }).to_string();
        let token = self.forged.take().unwrap_or_else(|| self.issuer.sign(&header, &claims.to_string()));
        (200, json!({ "id_token": token, "access_token": "opaque", "token_type": "Bearer" }).to_string())
    }
}

fn request(stream: &mut impl Read) -> std::io::Result<(String, String, String)> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = String::new();
    while reader.read_line(&mut headers)? > 2 {}
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok((path, headers, String::from_utf8(body).expect("a form")))
}
