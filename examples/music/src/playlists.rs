//! Playlists, and which tracks are on them.

use lithair_core::prelude::*;

use crate::catalogue::Track;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Playlist {
    #[db(primary_key)]
    #[http(rename = "PlaylistId")]
    pub playlist_id: i64,
    #[http(rename = "Name", validate(len(1..=120)), filter, sort)]
    pub name: String,
}

#[derive(DeclarativeModel)]
#[db(primary_key(playlist_id, track_id))]
#[permission(all = public)]
pub struct PlaylistTrack {
    #[relation(belongs_to = Playlist, on_delete = cascade)]
    #[http(rename = "PlaylistId", filter, sort)]
    pub playlist_id: Id<Playlist>,
    #[relation(belongs_to = Track, on_delete = cascade)]
    #[http(rename = "TrackId", filter, sort)]
    pub track_id: Id<Track>,
}
