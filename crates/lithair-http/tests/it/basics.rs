use crate::client::Service;

#[test]
fn a_record_is_created_read_and_listed() {
    let service = Service::start();
    let created = service.send("POST /api/products\n\n{\"name\":\"Lamp\"}");
    println!("{created:?} {}", created.text());
    assert_eq!(created.status, 201);
    let read = service.send(&format!("GET {}", created.header("location")));
    println!("{read:?} {}", read.text());
    assert_eq!(read.body, created.body);
    let list = service.send("GET /api/products?limit=1");
    println!("{list:?} {}", list.text());
    assert_eq!(list.json()["items"][0], read.json());
}
