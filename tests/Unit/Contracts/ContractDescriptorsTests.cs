using System.Reflection;
using System.Runtime.Loader;
using Google.Protobuf.Reflection;
using Scheduler.Contracts;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Contracts;

public sealed class ContractDescriptorsTests
{
    [Fact]
    public void Every_file_of_the_contract_is_loaded()
    {
        var loaded = new HashSet<string>();
        foreach (var file in ContractDescriptors.Load())
            Add(file);

        Assert.Empty(
            Descriptors(typeof(ContractDescriptors).Assembly).Select(type => ((FileDescriptor)Descriptor(type)!).Name).Except(loaded)
        );

        void Add(FileDescriptor file)
        {
            if (loaded.Add(file.Name))
                file.Dependencies.ToList().ForEach(Add);
        }
    }

    /// <summary>Each round loads the assemblies anew, because a process loads descriptors only once.</summary>
    [Fact]
    public async Task Threads_that_begin_at_the_same_time_all_get_their_descriptors()
    {
        // Without the call, one of some hundred rounds fails.
        var rounds = TestScale.Cases(usual: 3, nightly: 300);
        for (var round = 0; round < rounds; round++)
        {
            var context = new Isolated();
            var contracts = context.LoadFromAssemblyPath(typeof(ContractDescriptors).Assembly.Location);
            var load = contracts.GetType(typeof(ContractDescriptors).FullName!)!.GetMethod(nameof(ContractDescriptors.Load))!;
            using var together = new Barrier(4);
            var types = Descriptors(contracts).ToList();
            var threads = Enumerable
                .Range(0, 4)
                .Select(at =>
                    Task.Factory.StartNew(
                        () =>
                        {
                            together.SignalAndWait();
                            load.Invoke(null, null);
                            for (var i = 0; i < types.Count; i++)
                                Assert.NotNull(Descriptor(types[(i + (at * types.Count / 4)) % types.Count]));
                        },
                        TaskCreationOptions.LongRunning
                    )
                )
                .ToArray();
            await Task.WhenAll(threads);
            context.Unload();
        }
    }

    private static IEnumerable<Type> Descriptors(Assembly contracts) =>
        contracts
            .GetTypes()
            .Where(type => type.Name.EndsWith("Reflection", StringComparison.Ordinal) && type.GetProperty("Descriptor") is not null);

    private static object? Descriptor(Type type) => type.GetProperty("Descriptor")!.GetValue(null);

    /// <summary>Assemblies of the contract and of the library that no one has used yet.</summary>
    private sealed class Isolated() : AssemblyLoadContext("descriptors", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var path = Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll");
            return assemblyName.Name!.StartsWith("Google.Protobuf", StringComparison.Ordinal) && File.Exists(path)
                ? LoadFromAssemblyPath(path)
                : null;
        }
    }
}
