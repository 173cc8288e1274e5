//! The key that authenticates cursors: random, made with the data directory, kept in it.

use std::io;

use lithair_store::Media;

const NAME: &str = "cursor.secret";
const TEMPORARY: &str = "cursor.secret.tmp";

/// The directory's key, made if there is none. One that cannot be used is made again; cursors from before are then refused.
pub(crate) fn cursor_secret(media: &dyn Media) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    match media.open(NAME) {
        Ok(file) if file.len()? == 32 => {
            file.read_exact_at(&mut secret, 0)?;
            return Ok(secret);
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    aws_lc_rs::rand::fill(&mut secret).map_err(|_| io::Error::other("the operating system gives no randomness"))?;
    let file = media.create(TEMPORARY)?;
    file.write_all_at(&secret, 0)?;
    file.sync()?;
    media.rename(TEMPORARY, NAME)?;
    media.sync_directory()?;
    Ok(secret)
}
