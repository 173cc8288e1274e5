use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(firewall(allow("10.0.0.0/33", "10.1.2.3/8", 7, "a.example"), denied("::1")))]
#[security(rate_limit(create, "5/m"), rate_limit(create, "0/s"), rate_limit(create, "2000000/s"))]
#[security(rate_limit("5/min"), rate_limit(create), rate_limit(create, "5/min", "6/min"))]
#[security(rate_limit(create, "5/min", per = user), rate_limit(create, "5/min", per = adress))]
#[security(rate_limit(create, "5/min", burst = 0), rate_limit(create, "5/min", bursts = 2))]
#[security(rate_limit, firewall, firewall())]
struct Wrong {
    title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[firewall(enabled = false, allow = "10.0.0.0/8, nonsense", per_ip_qps = 0, protected = "/api", exempt = "/x", alow = "::1")]
struct Public {
    title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[persistence(durability = quorum)]
struct Lasting {
    #[firewall(allow("::1"))]
    #[security(rate_limit(create, "5/min"))]
    title: String,
}

fn main() {}
