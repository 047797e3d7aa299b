// Each test that runs clusters takes two processors by itself, and says how long it took.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
