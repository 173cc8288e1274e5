//! The socket of a data directory: how commands reach the server that runs on it, without an open port.
//!
//! ```text
//! <data>/control        a file with the paths of the socket and of the directory, for the owner alone
//! /tmp/lithair-<random>/socket, in a folder for the owner alone
//!     -> one line of JSON, an AdminRequest
//!     <- one line of JSON: {"done": ..} or {"error": .., "status": ..}
//! ```
//!
//! The socket is not in the directory itself: copies and backups of it would meet what is no file. Whoever reaches the socket may read and
//! write the directory, so there is nothing that they could not do anyway.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use lithair_auth::{Accounts, AdminError, AdminRequest, Administered, ApiKeys, Grants, administer};
use lithair_http::AuthConfig;
use lithair_model::{Backend, Principal, System};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use crate::Engine;
use crate::clock::now;
use crate::config::Config;

const NAME: &str = "control";
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// Answers until it is dropped.
pub(crate) struct Control {
    file: PathBuf,
    folder: PathBuf,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Control {
    /// Listens for commands about the directory.
    ///
    /// # Errors
    /// A file, a folder or a thread cannot be had.
    pub(crate) fn start(config: &Config, engine: &Arc<Engine>) -> io::Result<Self> {
        let folder = private_folder()?;
        let socket = folder.join("socket");
        let listener = UnixListener::bind(&socket)?;
        let file = config.data.join(NAME);
        // One that a killed process left has the same name, and perhaps not the same owner.
        let _ = fs::remove_file(&file);
        let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
        written.write_all(socket.as_os_str().as_encoded_bytes())?;
        written.write_all(b"\n")?;
        written.write_all(fs::canonicalize(&config.data)?.as_os_str().as_encoded_bytes())?;
        let stopping = Arc::new(AtomicBool::new(false));
        let (engine, is_stopping) = (Arc::clone(engine), Arc::clone(&stopping));
        let auth = config.http.auth.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = move || {
            for stream in listener.incoming() {
                if is_stopping.load(Ordering::SeqCst) {
                    return;
                }
                // Whoever came has gone again: nothing is lost but an answer that nobody reads.
                let _ = stream.and_then(|stream| answer(stream, &engine, &auth, &runtime));
            }
        };
        let thread = std::thread::Builder::new().name("lithair-control".into()).spawn(work)?;
        Ok(Self { file, folder, stopping, thread: Some(thread) })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread. If there is no socket any more, nobody wakes it, and the process ends without it.
        if UnixStream::connect(self.folder.join("socket")).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Asks the server that runs on the directory; none if there is none, or it is somebody else's.
pub(crate) fn ask(data: &Path, request: &AdminRequest) -> Option<Result<Json, AdminError>> {
    let said = fs::read_to_string(data.join(NAME)).ok()?;
    let (socket, directory) = said.split_once('\n')?;
    // A copy of a directory has a copy of the file: the server that it names is not the copy's.
    if Path::new(directory) != fs::canonicalize(data).ok()? {
        return None;
    }
    let mut stream = UnixStream::connect(socket).ok()?;
    let mut exchange = || {
        stream.set_read_timeout(Some(PATIENCE))?;
        writeln!(stream, "{}", json!(request))?;
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line)?;
        serde_json::from_str::<Json>(&line).map_err(io::Error::other)
    };
    Some(
        exchange()
            .map_err(|error| AdminError::Invalid(format!("the server did not answer: {error}")))
            .and_then(outcome_of),
    )
}

fn outcome_of(mut answer: Json) -> Result<Json, AdminError> {
    match answer.get("error").and_then(Json::as_str) {
        None => Ok(answer["done"].take()),
        Some(detail) if answer["status"] == 404 => Err(AdminError::NotFound(detail.to_owned())),
        Some(detail) => Err(AdminError::Invalid(detail.to_owned())),
    }
}

/// Does what is asked on a directory.
pub(crate) fn carry_out(
    engine: &Engine,
    auth: &AuthConfig,
    runtime: &Runtime,
    request: AdminRequest,
) -> Result<Json, AdminError> {
    let (catalog, secret) = (engine.catalog(), engine.cursor_secret());
    let (keys, grants) = (ApiKeys::new(catalog, &secret), Grants::new(catalog, auth.roles));
    let accounts = auth.users.as_ref().map(|users| Accounts::new(users.clone(), catalog, &secret));
    let administered = Administered { keys: &keys, accounts: accounts.as_ref(), grants: &grants };
    let by = Principal::System(System::CommandLine);
    runtime.block_on(administer(engine, administered, request, &by, now()))
}

fn answer(stream: UnixStream, engine: &Engine, auth: &AuthConfig, runtime: &Runtime) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new((&stream).take(REQUEST_BYTES_MAX)).read_line(&mut line)?;
    let request = serde_json::from_str(&line).map_err(|error| AdminError::Invalid(error.to_string()));
    let answer = match request.and_then(|request| carry_out(engine, auth, runtime, request)) {
        Ok(done) => json!({ "done": done }),
        Err(error @ AdminError::NotFound(_)) => json!({ "error": error.to_string(), "status": 404 }),
        Err(error) => json!({ "error": error.to_string(), "status": 422 }),
    };
    writeln!(&stream, "{answer}")
}

/// A folder of a new name that only its owner can look into.
fn private_folder() -> io::Result<PathBuf> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| io::Error::other("the operating system gives no randomness"))?;
    let folder = std::env::temp_dir().join(format!("lithair-{:016x}", u64::from_le_bytes(random)));
    // Fails if there is one, whosever it is.
    DirBuilder::new().mode(0o700).create(&folder)?;
    Ok(folder)
}
