use super::*;

fn layers(said: &[(&str, &str)]) -> Layers {
    let mut layers = Layers::default();
    layers.environment(said.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    layers
}

fn problems(said: &[(&str, &str)]) -> Vec<String> {
    Config::of(&layers(said)).expect_err("is refused").problems
}

#[test]
fn the_defaults_are_right() {
    let config = Config::of(&Layers::default()).expect("are right");
    assert_eq!((config.http.addr.port(), config.http.limits.batch_operations_max), (8080, 1_000));
}

#[test]
fn each_layer_beats_the_one_below() {
    let folder = std::env::temp_dir().join(format!("lithair-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("settings.toml");
    std::fs::write(&file, "[server]\nthreads = 3\naddr = \"127.0.0.1:1\"\n[store]\ndata = \"from-file\"\n")
        .expect("written");
    let mut layers = Layers::default();
    layers.program("server.addr", "127.0.0.1:9".into());
    layers.file(Some(&file)).expect("is read");
    layers.environment([("LITHAIR_SERVER__ADDR".to_owned(), "127.0.0.1:2".to_owned())].into_iter());
    let of_environment = Config::of(&layers).expect("is right");
    assert_eq!((of_environment.http.addr.port(), of_environment.data.to_str()), (2, Some("from-file")));
    layers.flag("server.addr", "--addr", Some("127.0.0.1:3".into()));
    assert_eq!(Config::of(&layers).expect("is right").http.addr.port(), 3);
    assert_eq!(layers.origin("server.addr"), Origin::Flag("--addr"));
    assert_eq!(layers.origin("server.threads"), Origin::File(file));
    std::fs::remove_dir_all(&folder).expect("goes");
}

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    let problems = problems(&[("LITHAIR_SERVER__ADRR", "127.0.0.1:0")]);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("LITHAIR_SERVER__ADRR") && problems[0].contains("server.addr"), "{problems:?}");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let problems = problems(&[
        ("LITHAIR_SERVER__THREADS", "many"),
        ("LITHAIR_STORE__SEGMENT", "64 elephants"),
        ("LITHAIR_TIMEOUTS__BODY", "10"),
        ("LITHAIR_SERVER__ADDR", "0.0.0.0:80"),
    ]);
    assert_eq!(problems.len(), 4, "{problems:?}");
}

#[test]
fn plain_http_for_others_must_be_asked_for() {
    let open = [("LITHAIR_SERVER__ADDR", "0.0.0.0:80"), ("LITHAIR_SERVER__INSECURE_HTTP", "true")];
    assert!(Config::of(&layers(&open)).is_ok());
    assert!(problems(&open[..1])[0].contains("insecure_http"));
}

#[test]
fn sizes_and_times_have_units() {
    assert_eq!((units::size("64KiB"), units::size("7"), units::size("1 GiB")), (Some(65_536), Some(7), Some(1 << 30)));
    assert_eq!((units::size("64kb"), units::size(""), units::size("-1")), (None, None, None));
    assert_eq!(units::duration("500ms"), Some(Duration::from_millis(500)));
    assert_eq!((units::duration("5m"), units::duration("5")), (Some(Duration::from_secs(300)), None));
}
