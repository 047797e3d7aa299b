using Xunit.Sdk;
using Xunit.v3;

// Each test that runs clusters uses two processors by itself, and reports its duration.
[assembly: Parallelization(Mode = ParallelMode.None)]
