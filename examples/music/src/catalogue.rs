//! What is for sale: artists, their albums, and the tracks on them.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Artist {
    #[db(primary_key)]
    #[http(rename = "ArtistId")]
    pub artist_id: i64,
    #[http(rename = "Name", validate(len(1..=200)), filter, sort)]
    pub name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Genre {
    #[db(primary_key)]
    #[http(rename = "GenreId")]
    pub genre_id: i64,
    #[http(rename = "Name", validate(len(1..=120)), filter, sort)]
    pub name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct MediaType {
    #[db(primary_key)]
    #[http(rename = "MediaTypeId")]
    pub media_type_id: i64,
    #[http(rename = "Name", validate(len(1..=120)), filter, sort)]
    pub name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Album {
    #[db(primary_key)]
    #[http(rename = "AlbumId")]
    pub album_id: i64,
    #[http(rename = "Title", validate(len(1..=160)), filter, sort)]
    pub title: String,
    #[relation(belongs_to = Artist, on_delete = restrict)]
    #[http(rename = "ArtistId", filter, sort)]
    pub artist_id: Id<Artist>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Track {
    #[db(primary_key)]
    #[http(rename = "TrackId")]
    pub track_id: i64,
    #[http(rename = "Name", validate(len(1..=200)), filter, sort)]
    pub name: String,
    #[relation(belongs_to = Album, on_delete = restrict)]
    #[http(rename = "AlbumId", filter, sort)]
    pub album_id: Option<Id<Album>>,
    #[relation(belongs_to = MediaType, on_delete = restrict)]
    #[http(rename = "MediaTypeId", filter, sort)]
    pub media_type_id: Id<MediaType>,
    #[relation(belongs_to = Genre, on_delete = set_null)]
    #[http(rename = "GenreId", filter, sort)]
    pub genre_id: Option<Id<Genre>>,
    #[http(rename = "Composer", validate(len(..=220)), filter)]
    pub composer: Option<String>,
    #[http(rename = "Milliseconds", validate(gte(0)), filter, sort)]
    pub milliseconds: i64,
    #[http(rename = "Bytes", validate(gte(0)), filter, sort)]
    pub bytes: Option<i64>,
    #[db(decimal(10, 2))]
    #[http(rename = "UnitPrice", validate(gte(0)), filter, sort)]
    pub unit_price: Decimal,
}
