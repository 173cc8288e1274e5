//! For tests of applications: a server on a free port and a folder of its own, valid random records, and `model_tests!`.

/// The page for users; its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct Page;

/// Who may do what; its examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/permissions.md")]
struct Permissions;

mod factory;
mod json_schema;
mod macros;
pub mod mutants;
mod random;
mod suite;
mod verdict;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, io};

use lithair_model::Timestamp;
use lithair_store::FsMedia;

use crate::client::{Client, Response};
use crate::clock::now;
use crate::{DeclarativeServer, Engine, EngineOptions, RunningServer, ServeError, migration};

pub use factory::{Factory, FactoryError};
pub use lithair_auth::Algorithm;
pub use lithair_auth::testing::{Issuer, one_time_code};
pub use random::Random;
pub use suite::{Concern, run};

/// A running application whose data goes when it is dropped. Settings come from the program alone: no file, no environment.
///
/// ```
/// use lithair_core::prelude::*;
/// use lithair_core::testing::TestServer;
///
/// #[derive(DeclarativeModel)]
/// #[permission(all = public)]
/// struct Note {
///     #[db(primary_key, auto = sequence)]
///     number: i64,
///     text: String,
/// }
///
/// let mut server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Note>());
/// assert_eq!(server.client().request("POST", "/api/notes", &[("content-type", "application/json")], r#"{"text":"a"}"#)?.status, 201);
/// server.kill();
/// assert_eq!(server.get("/api/notes/1").json()?["text"], "a");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It waits for what it does, so it is not for the thread of an async runtime.
pub struct TestServer {
    program: DeclarativeServer,
    server: Option<RunningServer>,
    folder: Folder,
    /// The time that it is for schedules.
    clock: Timestamp,
}

impl TestServer {
    /// Starts a program on a free port and an empty folder, whatever it says of them.
    ///
    /// # Panics
    /// If it does not start; with the reason.
    pub fn start(program: DeclarativeServer) -> Self {
        Self::try_start(program).unwrap_or_else(|error| panic!("the server does not start: {error}"))
    }

    /// The same, for programs that may not start.
    ///
    /// # Errors
    /// Why it does not.
    pub fn try_start(program: DeclarativeServer) -> Result<Self, ServeError> {
        let folder = Folder::new();
        let server = try_serve(&program, &folder.0)?;
        let clock = now();
        server.engine().run_due(clock);
        Ok(Self { program, server: Some(server), folder, clock })
    }

    /// The program that runs.
    pub(crate) const fn program(&self) -> &DeclarativeServer {
        &self.program
    }

    pub(crate) fn try_get(&self, path: &str) -> Result<Response, String> {
        self.client().request("GET", path, &[], "").map_err(|error| error.to_string())
    }

    pub(crate) fn try_send(&self, method: &str, path: &str, json: &serde_json::Value) -> Result<Response, String> {
        let headers = [("content-type", "application/json")];
        self.client().request(method, path, &headers, json.to_string()).map_err(|error| error.to_string())
    }

    fn running(&self) -> &RunningServer {
        self.server.as_ref().expect("it runs from start to drop")
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.running().addr()
    }

    /// `http://host:port`, for `--url`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.folder.0
    }

    /// The engine, for reading and writing without HTTP.
    pub fn engine(&self) -> &Arc<Engine> {
        self.running().engine()
    }

    /// A client with a connection of its own.
    ///
    /// # Panics
    /// Never: the address is right.
    pub fn client(&self) -> Client {
        Client::new(&self.url()).expect("an address is a URL")
    }

    /// The answer to a GET.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, path: &str) -> Response {
        self.client().request("GET", path, &[], "").expect("the server answers")
    }

    /// The answer to a request with a JSON body.
    ///
    /// # Panics
    /// If there is none.
    pub fn send(&self, method: &str, path: &str, json: &serde_json::Value) -> Response {
        let headers = [("content-type", "application/json")];
        self.client().request(method, path, &headers, json.to_string()).expect("the server answers")
    }

    /// Lets time pass for schedules, which run in a test only so: whatever comes due in it runs, in order, for its time. Returns how many did
    /// what they should.
    ///
    /// ```
    /// use lithair_core::prelude::*;
    /// use lithair_core::testing::TestServer;
    ///
    /// #[derive(DeclarativeModel)]
    /// #[permission(all = public)]
    /// struct Day {
    ///     #[db(primary_key)]
    ///     at: Timestamp,
    /// }
    ///
    /// #[hooks]
    /// impl Day {
    ///     #[schedule(cron = "0 3 * * *")]
    ///     fn note(cx: &Context, due: Timestamp) {
    ///         cx.create(&Day { at: due });
    ///     }
    /// }
    ///
    /// let mut server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Day>());
    /// assert_eq!(server.pass(std::time::Duration::from_secs(3 * 24 * 60 * 60)), 3);
    /// ```
    pub fn pass(&mut self, time: Duration) -> usize {
        let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let (mut clock, end) = (self.clock, self.clock.plus_micros(micros));
        let engine = Arc::clone(self.engine());
        // What a start makes up for.
        let mut ran = engine.run_due(clock);
        while let Some(next) = engine.next_due(clock).filter(|next| *next <= end) {
            ran += engine.run_due(next);
            clock = next;
        }
        self.clock = end;
        ran + engine.run_due(end)
    }

    /// Lets time pass in which the server runs nothing. What comes due is missed, and made up for when time passes again.
    pub fn miss(&mut self, time: Duration) {
        self.clock = self.clock.plus_micros(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    }

    /// Stops as SIGTERM does, and starts again on the same data. The port is another one.
    ///
    /// # Panics
    /// If it does not start; with the reason.
    pub fn restart(&mut self) {
        drop(self.server.take());
        self.server = Some(serve(&self.program, &self.folder.0));
    }

    /// Stops, and starts the next version of the program on the same data, migrated to it (`migrate apply`) where that is needed.
    ///
    /// # Panics
    /// If the data cannot be migrated, or it does not start; with the reason.
    pub fn upgrade(&mut self, program: DeclarativeServer) {
        drop(self.server.take());
        let media = FsMedia::open(&self.folder.0).expect("the data directory is there");
        let options = EngineOptions::default();
        migration::apply(Arc::new(media), program.schemas().to_vec(), options, &|_| {})
            .unwrap_or_else(|error| panic!("the data cannot be migrated: {error}"));
        self.server = Some(serve(&program, &self.folder.0));
        self.program = program;
    }

    /// Starts again on what SIGKILL would have left: the files as they stand now, without anything that stopping writes. A process cannot
    /// kill its own threads, so the old server goes on with the old files until the new one has a copy.
    ///
    /// # Panics
    /// If the files cannot be copied, or the copy does not start; with the reason.
    pub fn kill(&mut self) {
        let copy = Folder::new();
        copy_files(&self.folder.0, &copy.0).expect("the data directory can be copied");
        drop(self.server.take());
        self.folder = copy;
        self.server = Some(serve(&self.program, &self.folder.0));
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Before the folder goes.
        drop(self.server.take());
    }
}

fn serve(program: &DeclarativeServer, data: &Path) -> RunningServer {
    try_serve(program, data).unwrap_or_else(|error| panic!("the server does not start: {error}"))
}

fn try_serve(program: &DeclarativeServer, data: &Path) -> Result<RunningServer, ServeError> {
    program.clone().addr("127.0.0.1:0").data(data).for_tests().start_for_tests()
}

/// Copies a data directory that is in use. Files that go meanwhile are begun again: the housekeeping renames them.
fn copy_files(source: &Path, target: &Path) -> io::Result<()> {
    loop {
        match copy_once(source, target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::remove_dir_all(target)?;
                fs::create_dir(target)?;
            }
            other => return other,
        }
    }
}

fn copy_once(source: &Path, target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        fs::copy(entry.path(), target.join(entry.file_name()))?;
    }
    Ok(())
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("lithair-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
