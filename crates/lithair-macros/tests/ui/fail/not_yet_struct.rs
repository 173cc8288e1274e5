use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(renamed_from = "posts", tenant = org, shard_by = org)]
#[http(ops(list, live))]
#[lifecycle(soft_delete)]
#[persistence(replicate, durability = fsync, read = linearizable, learners("us-east"))]
#[security(encryption_at_rest = true, audit_all_operations = true, field_level_permissions = true)]
#[security(rate_limit(create, "5/min", per = ip), firewall(allow("10.0.0.0/8")))]
#[encryption(subject = author)]
#[audit(writes, reads(sensitive), chain, reason(delete), retain = "10y")]
#[firewall(enabled = true)]
#[rbac(enabled = true)]
#[permission(all = public)]
struct Later {
    title: String,
}

fn main() {}
