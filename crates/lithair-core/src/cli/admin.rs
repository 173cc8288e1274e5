//! `keys ..`: asks whoever has the data directory - the server that runs on it, a server at an address, or this process.

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
#[derive(Debug, Args)]
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
        /// What the key may be used for; several are allowed. `read` and `write` if nothing is said.
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

impl KeysCommand {
    pub(super) const fn remote(&self) -> &Remote {
        match self {
            Self::Create { remote, .. } | Self::List { remote } | Self::Revoke { remote, .. } => remote,
        }
    }
}

/// Where it is asked.
struct Asked<'a> {
    config: &'a Config,
    schemas: Vec<&'static ModelSchema>,
    remote: Remote,
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

/// A key in one line.
fn line(key: &Value) -> String {
    let text = |name: &str| key[name].as_str().unwrap_or("-").to_owned();
    let texts = |name: &str| {
        let words: Vec<&str> = key[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if words.is_empty() { "-".to_owned() } else { words.join(",") }
    };
    let end = match key["revoked_at"].as_str() {
        Some(revoked) => format!("revoked {revoked}"),
        None => format!("expires {}", text("expires_at")),
    };
    format!("{}  {}  {}  {}  {end}  {}", text("id"), texts("roles"), text("tenant"), texts("scopes"), text("name"))
}

impl Asked<'_> {
    fn ask(self, request: AdminRequest) -> Result<Value, Failure> {
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
        let answer = control::carry_out(&engine, request);
        engine.close();
        answer.map_err(failure)
    }
}

/// Whether it makes something: a directory may begin with it.
const fn makes(request: &AdminRequest) -> bool {
    matches!(request, AdminRequest::CreateKey { .. })
}

fn over_http(url: &str, token_file: Option<&Path>, request: &AdminRequest) -> Result<Value, Failure> {
    let token = token_file.map(read_token).transpose()?;
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

fn read_token(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(path).map(|content| text = content)
    };
    read.map_err(|error| Failure::of_path(Exit::Usage, path, error))?;
    Ok(text.trim().to_owned())
}

fn failure(error: AdminError) -> Failure {
    let exit = match &error {
        AdminError::Invalid(_) => Exit::Usage,
        AdminError::NotFound(_) => Exit::Failed,
        AdminError::Store(StoreError::Absent | StoreError::Conflict | StoreError::Refused(_)) => Exit::Refused,
    };
    Failure::new(exit, error)
}
