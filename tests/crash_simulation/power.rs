use crate::explorer::Explorer;
use crate::history::Run;
use crate::workloads;
use folio::simulation::Disk;
use std::time::Instant;

#[test]
fn scripted() {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.unwrap();
    run.steps(&workloads::scripted()).unwrap();
    let start = Instant::now();
    let mut explorer = Explorer::default();
    let result = explorer.power_loss(&disk, &run.history, 1);
    println!("{:?} {:?}", explorer.figures, start.elapsed());
    result.unwrap();
}

#[test]
fn killed() {
    let disk = Disk::new();
    let (mut run, opened) = Run::start(&disk);
    opened.unwrap();
    run.steps(&workloads::scripted()).unwrap();
    let start = Instant::now();
    let mut explorer = Explorer::default();
    let mut result = Ok(());
    for at in 0..=disk.operations() {
        result = result.and(explorer.kill_at(&disk, &run.history, at, 1));
    }
    println!("{:?} {:?}", explorer.figures, start.elapsed());
    result.unwrap();
}
