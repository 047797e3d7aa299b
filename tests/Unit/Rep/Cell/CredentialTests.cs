using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Rep.Identity;
using Scheduler.Tests.TestKit.Time;
using Scheduler.Tests.Unit.Rep.Identity;
using static Scheduler.Tests.TestKit.Rep.Actions;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class CredentialTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("credentials-").FullName;

    private string Identities => Path.Combine(_root, "identities");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Exist_as_long_as_their_container() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), TimeSpan.FromDays(365));
            await using var cell = await StartAsync(world, files);
            await cell.PlaceTaskAsync("t", Run("exit:0@3"));
            await world.AdvanceAsync(1);
            Assert.Equal(
                ["instance.crt", "instance.key"],
                Directory.GetFiles(Path.Combine(Identities, "t")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)
            );

            await world.AdvanceAsync(10);
            Assert.Equal(["start-task t", "complete-task t result: "], cell.Reports);
            Assert.Empty(Directory.GetFileSystemEntries(Identities));
        });

    [Fact]
    public void That_have_no_place_send_the_task_elsewhere() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), TimeSpan.FromDays(365));
            await using var cell = await StartAsync(world, files);
            File.WriteAllText(Identities, "in the way");
            await cell.PlaceTaskAsync("t", Run("exit:0"));
            await world.AdvanceAsync(1);

            Assert.Equal(["start-task t", "reject-task t: failed to create credentials directory"], cell.Reports);
        });

    [Fact]
    public void That_cannot_be_issued_end_the_container_before_anything_runs_in_it() =>
        VirtualWorld.Run(async world =>
        {
            using var files = new AuthorityFiles(world.Now.AddDays(-1), TimeSpan.FromDays(1) + TimeSpan.FromHours(1));
            await using var cell = await StartAsync(world, files);
            await world.AdvanceAsync(TimeSpan.FromHours(2));
            await cell.PlaceTaskAsync("t", Run("exit:0"));
            await world.AdvanceAsync(10);

            Assert.StartsWith(
                "complete-task t failed: cred-manager-runner exited: the instance authority expired at ",
                cell.Reports.Last(),
                StringComparison.Ordinal
            );
            Assert.Empty(cell.Started);
            Assert.True(await cell.IsGoneAsync("t"));
        });

    private Task<CellBench> StartAsync(VirtualWorld world, AuthorityFiles files) =>
        CellBench.StartAsync(
            world,
            cell =>
                cell.Identity = new InstanceIdentity(
                    InstanceAuthority.Load(files.Certificate, files.Key, world.Now),
                    Identities,
                    TimeSpan.FromDays(1),
                    world.Time,
                    NullLogger.Instance
                )
        );
}
