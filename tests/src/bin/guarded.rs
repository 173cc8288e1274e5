//! An application whose models use every word of permissions; its tests, and those of `rbac`, run it.

use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Stage {
    Draft,
    Open,
    Closed,
}

/// People work in teams; a team is named by the person that it is.
#[derive(DeclarativeModel)]
#[permission(
    roles(Chief > Editor > Clerk),
    read = authenticated || public_name,
    create = role(Editor),
    update = role(Editor),
    delete = role(Chief),
    history = role(Clerk),
    export = scope("reports")
)]
struct Team {
    #[db(primary_key)]
    code: String,
    #[http(filter, sort)]
    title: String,
    #[db(default = false)]
    public_name: bool,
    #[permission(read = role(Clerk), write = role(Chief))]
    budget: Option<String>,
    /// Everybody sees how it ends, and nobody more.
    #[security(mask(last = 3))]
    phone: Option<String>,
    #[relation(has_many = File, via = team_id)]
    files: Many<File>,
}

/// Everything that a rule can ask.
#[derive(DeclarativeModel)]
#[db(tenant = org, fulltext(body), unique(org, reference))]
#[lifecycle(soft_delete)]
#[permission(
    read = stage == Stage::Open || owner || role(Clerk) || member(team) || department == actor.department,
    create = authenticated && !(actor.suspended == true),
    update = owner && stage != Stage::Closed || role(Editor),
    delete = role(Chief) || perm("Shredder"),
    deny(update, when = locked && !role(Chief), message = "the file is locked"),
    deny(read, when = sealed && !role(Editor)),
    after(update, before.reference == reference, message = "a file keeps its reference"),
    command(stamp) = role(Editor),
    command(restore) = owner || role(Chief),
    history = owner || role(Clerk),
    export = scope("reports")
)]
struct File {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[permission(owner)]
    holder: String,
    reference: String,
    #[lifecycle(states(initial = Draft, open: Draft -> Open, close: Open -> Closed by role(Editor)))]
    #[http(filter)]
    stage: Stage,
    #[db(default = false)]
    locked: bool,
    #[db(default = false)]
    sealed: bool,
    #[http(filter, sort)]
    title: String,
    body: String,
    department: Option<String>,
    #[relation(belongs_to = Team, on_delete = set_null)]
    team_id: Option<Id<Team>>,
    #[permission(read = owner || role(Chief), write = role(Editor))]
    #[http(filter(guarded))]
    secret: Option<String>,
    #[permission(read = owner || role(Chief), update = owner || role(Chief))]
    #[security(mask(last = 4))]
    #[http(filter(guarded))]
    account: Option<String>,
    #[permission(create = role(Editor), update = role(Chief))]
    #[http(filter, sort)]
    #[db(default = 0)]
    rank: i64,
    #[http(read_only)]
    #[db(default = 0)]
    stamps: i64,
    #[computed(title.upper())]
    #[permission(read = role(Clerk))]
    heading: String,
    deleted_at: Option<Timestamp>,
    #[relation(has_many = Remark, via = file_id)]
    remarks: Many<Remark>,
}

#[derive(CommandError)]
enum StampError {
    #[error(status = 409, "a draft is not stamped")]
    Draft,
}

#[commands]
impl File {
    #[command]
    fn stamp(&mut self, _: &Context) -> Result<(), StampError> {
        if self.stage == Stage::Draft {
            return Err(StampError::Draft);
        }
        self.stamps += 1;
        Ok(())
    }

    #[command(by = scope("touch"))]
    fn touch(&mut self, _: &Context) -> Result<(), std::convert::Infallible> {
        Ok(())
    }
}

/// Seen by whoever sees the file; what may not be changed is answered as absent.
#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[permission(
    read = check(file, read),
    create = check(file, update),
    update = owner,
    delete = owner || any(file where locked),
    deny(delete, when = none(file where stage == Stage::Open) && !role(Chief)),
    after(create, text != "nothing"),
    history = owner,
    export = actor.level in ["high"] || actor.team.is_some(),
    on_deny = hide
)]
struct Remark {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[relation(on_delete = cascade)]
    file_id: Id<File>,
    #[permission(owner)]
    author: Option<String>,
    #[http(filter)]
    text: String,
    #[permission(read = owner, update = owner && before.text != text)]
    aside: Option<String>,
}

/// As the mission prints it.
#[derive(DeclarativeModel)]
#[security(field_level_permissions = true)]
struct SecureDocument {
    #[permission(read = "DocumentOwner", write = "DocumentOwner")]
    sensitive_data: String,

    #[permission(read = "Public")]
    public_metadata: String,

    #[lifecycle(immutable)]
    created_by: Uuid,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<Team>()
        .model::<File>()
        .model::<Remark>()
        .model::<SecureDocument>()
        .permission("DocumentOwner", policy!(created_by == actor.id || role(Chief)))
        .permission("Shredder", policy!(stage == Stage::Draft && role(Editor)))
        .setting("auth.admin_role", "Administrator")
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use super::{File, Remark, SecureDocument, Team};

    lithair_core::model_tests!(Team, File, Remark, SecureDocument; server = crate::program());

    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
