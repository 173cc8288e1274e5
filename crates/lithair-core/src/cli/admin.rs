//! `keys ..`, `user ..`, and what `rbac` has of grants: asks whoever has the data directory - the server that runs on it, a server at an address, or this process.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use lithair_auth::{AdminError, AdminRequest, StoreError};
use lithair_model::ModelSchema;
use serde_json::Value;

use super::{Exit, Failure, Output, inspect};
use crate::client::Client;
use crate::config::{Config, long_duration};
use crate::{control, server};

/// Which server.
#[derive(Clone, Debug, Args)]
pub(super) struct Remote {
    /// The server at this address, instead of a data directory.
    #[arg(long)]
    pub(super) url: Option<String>,
    /// With `--url`: a file with an administrator's token or key; `-` reads it from stdin.
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Make a key, and print it this once.
    Create {
        /// A role of the key; several are allowed.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// The key's tenant.
        #[arg(long, value_name = "TENANT")]
        org: Option<String>,
        /// How long the key is good, such as 30d or 12h.
        #[arg(long, value_name = "TIME")]
        expires: String,
        /// What the key may be used for; several are allowed. `read:articles` is `read` of one collection. `read` and `write` if nothing is
        /// said.
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// For whom the key acts: whose records it owns.
        #[arg(long)]
        subject: Option<String>,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
        /// A word in the key's text; `live` if nothing is said.
        #[arg(long, value_name = "WORD")]
        env: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show what there is of keys.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Take a key back.
    Revoke {
        /// Which.
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user who has proven their address; prints a token to choose a password with, unless a file has one.
    Create {
        /// The address that they log in with.
        email: String,
        /// What others call them.
        #[arg(long)]
        name: Option<String>,
        /// A role of the user; several are allowed.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// The user's tenant.
        #[arg(long, value_name = "TENANT")]
        org: Option<String>,
        /// A file with the password; `-` reads it from stdin.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show the users.
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Keep a user out from now on.
    Disable {
        /// Whom.
        email: String,
        /// Let them in again.
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Print a token to choose a new password with; good for an hour, once.
    Reset {
        /// For whom.
        email: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl UserCommand {
    pub(super) const fn remote(&self) -> &Remote {
        match self {
            Self::Create { remote, .. }
            | Self::List { remote }
            | Self::Disable { remote, .. }
            | Self::Reset { remote, .. } => remote,
        }
    }
}

impl KeysCommand {
    pub(super) const fn remote(&self) -> &Remote {
        match self {
            Self::Create { remote, .. } | Self::List { remote } | Self::Revoke { remote, .. } => remote,
        }
    }
}

/// Where it is asked.
pub(super) struct Asked<'a> {
    pub(super) config: &'a Config,
    pub(super) schemas: Vec<&'static ModelSchema>,
    pub(super) remote: Remote,
}

pub(super) fn keys(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    command: KeysCommand,
) -> Result<Exit, Failure> {
    let asked = |remote| Asked { config, schemas, remote };
    match command {
        KeysCommand::Create { roles, org, expires, scopes, subject, name, env, remote } => {
            let lifetime = long_duration(&expires).ok_or_else(|| {
                Failure::new(Exit::Usage, format!("--expires {expires:?}: expected a time such as 30d, 12h or 45m"))
            })?;
            let request = AdminRequest::CreateKey {
                roles,
                tenant: org,
                scopes,
                expires_seconds: lifetime.as_secs(),
                subject,
                name,
                environment: env,
            };
            let made = asked(remote).ask(request)?;
            let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
            let words = format!(
                "{}\n  id:      {}\n  expires: {}\nThis is the only time that the key is shown.",
                text("key"),
                text("id"),
                text("expires_at")
            );
            output.line(&made, words);
        }
        KeysCommand::List { remote } => {
            let list = asked(remote).ask(AdminRequest::ListKeys {})?;
            for key in list["items"].as_array().into_iter().flatten() {
                output.line(key, line(key));
            }
        }
        KeysCommand::Revoke { id, remote } => {
            let done = asked(remote).ask(AdminRequest::RevokeKey { id: id.clone() })?;
            output.line(&done, format_args!("{id} is revoked"));
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn user(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    command: UserCommand,
) -> Result<Exit, Failure> {
    let asked = |remote| Asked { config, schemas, remote };
    match command {
        UserCommand::Create { email, name, roles, org, password_file, remote } => {
            let password = password_file.as_deref().map(read_secret).transpose()?;
            let request = AdminRequest::CreateUser { email, name, roles, tenant: org, password };
            let made = asked(remote).ask(request)?;
            output.line(&made, format_args!("{}{}", user_line(&made), token_words(&made)));
        }
        UserCommand::List { remote } => {
            let list = asked(remote).ask(AdminRequest::ListUsers {})?;
            for user in list["items"].as_array().into_iter().flatten() {
                output.line(user, user_line(user));
            }
        }
        UserCommand::Disable { email, undo, remote } => {
            let user = asked(remote).ask(AdminRequest::DisableUser { email, enable: undo })?;
            output.line(&user, user_line(&user));
        }
        UserCommand::Reset { email, remote } => {
            let reset = asked(remote).ask(AdminRequest::ResetUser { email })?;
            output.line(&reset, token_words(&reset).trim_start());
        }
    }
    Ok(Exit::Ok)
}

/// A user in one line.
fn user_line(user: &Value) -> String {
    let text = |name: &str| user[name].as_str().unwrap_or("-").to_owned();
    let state = if user["disabled_at"].is_string() { "disabled" } else { "may log in" };
    format!("{}  {}  {}  {}  {state}", text("id"), text("email"), words(&user["roles"]), text("tenant"))
}

fn token_words(made: &Value) -> String {
    let words = |token| {
        format!(
            "\n{token}\nThis is the only time that the token is shown; `POST /_lithair/auth/reset` takes it with a password."
        )
    };
    made["token"].as_str().map(words).unwrap_or_default()
}

fn words(list: &Value) -> String {
    let words: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(",") }
}

/// A key in one line.
fn line(key: &Value) -> String {
    let text = |name: &str| key[name].as_str().unwrap_or("-").to_owned();
    let texts = |name: &str| words(&key[name]);
    let end = match key["revoked_at"].as_str() {
        Some(revoked) => format!("revoked {revoked}"),
        None => format!("expires {}", text("expires_at")),
    };
    format!("{}  {}  {}  {}  {end}  {}", text("id"), texts("roles"), text("tenant"), texts("scopes"), text("name"))
}

impl Asked<'_> {
    pub(super) fn ask(self, request: AdminRequest) -> Result<Value, Failure> {
        let Self { config, schemas, remote } = self;
        if let Some(url) = &remote.url {
            return over_http(url, remote.token_file.as_deref(), &request);
        }
        if let Some(answer) = control::ask(&config.data, &request) {
            return answer.map_err(failure);
        }
        if !makes(&request) {
            // Opening what is no data directory would make one of it.
            inspect::directory(&config.data)?;
        }
        let engine = server::open(config, schemas, Box::new(drop))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, error))?;
        let answer = control::carry_out(&engine, &config.http.auth, &runtime, request);
        engine.close();
        answer.map_err(failure)
    }
}

/// Whether it makes something: a directory may begin with it.
const fn makes(request: &AdminRequest) -> bool {
    use AdminRequest::{CreateKey, CreateUser, Grant};
    matches!(request, CreateKey { .. } | CreateUser { .. } | Grant { .. })
}

fn over_http(url: &str, token_file: Option<&Path>, request: &AdminRequest) -> Result<Value, Failure> {
    let token = token_file.map(read_secret).transpose()?;
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(authorization.as_deref().map(|text| ("authorization", text)));
    let body = serde_json::to_string(request).expect("a request is JSON");
    let answer = Client::new(url)?.request("POST", "/_lithair/admin", &headers, body)?;
    let json = answer.json().unwrap_or_default();
    if answer.status == 200 {
        return Ok(json);
    }
    let detail = json["detail"].as_str().unwrap_or("no reason was given");
    Err(Failure::new(Exit::Refused, format!("{url} answers {}: {detail}", answer.status)))
}

/// A secret of a file: not on the command line, which others can list.
fn read_secret(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    read.map_err(|error| Failure::of_path(Exit::Usage, path, error))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

pub(super) fn failure(error: AdminError) -> Failure {
    let exit = match &error {
        AdminError::Invalid(_) => Exit::Usage,
        AdminError::NotFound(_) | AdminError::Moment(_) => Exit::Failed,
        AdminError::Forbidden(_) => Exit::Refused,
        AdminError::Store(StoreError::Absent | StoreError::Conflict | StoreError::Refused(_)) => Exit::Refused,
    };
    Failure::new(exit, error)
}
