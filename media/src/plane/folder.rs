//! A deployment's own prompts, read once at the start.

use std::{fs, io, path::Path};

use crate::library::Library;

/// Adds every `.wav` file of `folder`; one that cannot be played is an error that names it.
pub(crate) fn add_all(library: &mut Library, folder: &Path) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("media.prompts: {}: {error}", folder.display()))
    };
    for entry in fs::read_dir(folder).map_err(named)? {
        let path = entry.map_err(named)?.path();
        let is_wav =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_wav) else {
            continue;
        };
        let file = io::BufReader::new(fs::File::open(&path).map_err(named)?);
        library.add(name, file).map_err(|why| {
            let text = format!("media.prompts: {}: {why}", folder.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
    }
    Ok(())
}
