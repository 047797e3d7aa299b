using Xunit.Sdk;
using Xunit.v3;

// Each test that runs clusters takes two processors by itself, and says how long it took.
[assembly: Parallelization(Mode = ParallelMode.None)]
