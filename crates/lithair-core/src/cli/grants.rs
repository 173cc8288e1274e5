//! `rbac grant`, `rbac list`, `rbac revoke`: roles that somebody has because the log says so.

use clap::Subcommand;
use lithair_auth::AdminRequest;
use lithair_model::ModelSchema;
use serde_json::Value;

use super::admin::{Asked, Remote};
use super::{Exit, Failure, Output};
use crate::config::{Config, long_duration};

/// Grants that are asked for at a time.
const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(super) enum GrantsCommand {
    /// Give somebody a role, from their next request on.
    Grant {
        /// Whom, as the history says it: `token:<subject>`, `user:<id>`, `key:<id>`.
        #[arg(long = "to", value_name = "SUBJECT")]
        subject: String,
        /// Which role: one that a model or a permission of the program names.
        #[arg(long, value_name = "ROLE")]
        role: String,
        /// Only while they act in this tenant; everywhere if nothing is said.
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        /// For how long, such as 30d or 12h; until it is taken back if nothing is said.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show grants, and who granted them.
    List {
        /// Those to somebody.
        #[arg(long = "to", value_name = "SUBJECT")]
        subject: Option<String>,
        /// Those of a role.
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
        /// Those in a tenant.
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        remote: Remote,
    },
    /// Take a grant back, from the next request on.
    Revoke {
        /// Which.
        id: String,
        #[command(flatten)]
        remote: Remote,
    },
}

impl GrantsCommand {
    pub(super) const fn remote(&self) -> &Remote {
        match self {
            Self::Grant { remote, .. } | Self::List { remote, .. } | Self::Revoke { remote, .. } => remote,
        }
    }
}

pub(super) fn run(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    command: GrantsCommand,
) -> Result<Exit, Failure> {
    let remote = command.remote().clone();
    let ask = |request| Asked { config, schemas: schemas.clone(), remote: remote.clone() }.ask(request);
    match command {
        GrantsCommand::Grant { subject, role, tenant, expires, .. } => {
            let expires_seconds = expires.as_deref().map(seconds).transpose()?;
            let grant = ask(AdminRequest::Grant { subject, role, tenant, expires_seconds })?;
            output.line(&grant, line(&grant));
        }
        GrantsCommand::List { subject, role, tenant, .. } => {
            let mut after = None;
            loop {
                let (subject, role, tenant) = (subject.clone(), role.clone(), tenant.clone());
                let page = ask(AdminRequest::ListGrants { subject, role, tenant, after, limit: Some(PAGE) })?;
                for grant in page["items"].as_array().into_iter().flatten() {
                    output.line(grant, line(grant));
                }
                let Some(next) = page["next"].as_str() else { break };
                after = Some(next.to_owned());
            }
        }
        GrantsCommand::Revoke { id, .. } => {
            let done = ask(AdminRequest::RevokeGrant { id })?;
            output.line(&done, format_args!("{} is taken back", done["id"].as_str().unwrap_or_default()));
        }
    }
    Ok(Exit::Ok)
}

fn seconds(expires: &str) -> Result<u64, Failure> {
    let problem =
        || Failure::new(Exit::Usage, format!("--expires {expires:?}: expected a time such as 30d, 12h or 45m"));
    long_duration(expires).map(|lifetime| lifetime.as_secs()).ok_or_else(problem)
}

/// A grant in one line.
fn line(grant: &Value) -> String {
    let text = |name: &str| grant[name].as_str().unwrap_or("-");
    let end = grant["expires_at"].as_str().map_or_else(|| "for good".to_owned(), |end| format!("until {end}"));
    format!(
        "{}  {}  {}  {}  {end}  by {} at {}",
        text("id"),
        text("subject"),
        text("role"),
        text("tenant"),
        text("granted_by"),
        text("granted_at")
    )
}
