module dev.ripcord/benchmarks

go 1.22
