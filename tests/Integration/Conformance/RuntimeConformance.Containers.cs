using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public Task Creates_a_container_once_however_often_it_is_asked() =>
        CaseAsync(async handle =>
        {
            var spec = cell.Spec(handle) with
            {
                Properties = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
            };
            var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Runtime.CreateAsync(spec, None)));
            var again = await Runtime.CreateAsync(
                spec with
                {
                    Properties = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
                },
                None
            );

            Assert.All(all, info => Assert.Equal((again.CreatedAt, again.Address), (info.CreatedAt, info.Address)));
            Assert.Equal(ContainerState.Ready, again.State);
            Assert.Equal(handle, Assert.Single(await Runtime.ListAsync(None)).Handle);
        });

    [Fact]
    public Task Refuses_another_specification_under_the_same_handle() =>
        CaseAsync(async handle =>
        {
            await CreateAsync(handle);
            var other = cell.Spec(handle) with { Properties = new Dictionary<string, string> { ["owner"] = "other" } };
            Assert.Equal(ErrorKind.ResourceConflict, await KindAsync(() => Runtime.CreateAsync(other, None)));
            Assert.Empty((await Runtime.GetAsync(handle, None))!.Spec.Properties);
        });

    [Fact]
    public Task Refuses_containers_and_processes_that_make_no_sense() =>
        CaseAsync(async handle =>
        {
            var spec = cell.Spec(handle);
            foreach (
                var bad in (ContainerSpec[])
                    [
                        spec with
                        {
                            Handle = "../evil",
                        },
                        spec with
                        {
                            Ports = [80, 80],
                        },
                        spec with
                        {
                            Ports = [0],
                        },
                        spec with
                        {
                            Mounts = [new("relative", "/x")],
                        },
                        spec with
                        {
                            Environment = [new("A=B", "c")],
                        },
                        spec with
                        {
                            Limits = new() { MemoryMb = -1 },
                        },
                    ]
            )
                Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => Runtime.CreateAsync(bad, None)));
            Assert.Empty(await Runtime.ListAsync(None));

            await CreateAsync(handle);
            Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => StartAsync(handle, "a/b", Waiting())));
            Assert.Equal(ErrorKind.InvalidRequest, await KindAsync(() => StartAsync(handle, "p", Waiting() with { Dir = "relative" })));
        });

    [Fact]
    [Needs(Ability.Images)]
    public Task A_creation_that_fails_leaves_nothing_and_can_be_repeated() =>
        CaseAsync(async handle =>
        {
            var spec = cell.Spec(handle);
            Assert.Equal(
                ErrorKind.InvalidRequest,
                await KindAsync(() => Runtime.CreateAsync(spec with { RootFs = $"oci://{cell.Directory}/no-such-image" }, None))
            );
            Assert.Null(await Runtime.GetAsync(handle, None));
            Assert.Empty(cell.TracesOf(handle));
            Assert.Equal(ContainerState.Ready, (await Runtime.CreateAsync(spec, None)).State);
        });

    [Fact]
    public Task Knows_nothing_of_what_does_not_exist() =>
        CaseAsync(async handle =>
        {
            Assert.Null(await Runtime.GetAsync(handle, None));
            Assert.Null(await Runtime.FindProcessAsync(handle, "p", None));
            await Runtime.DestroyAsync(handle, None);
            await Runtime.DestroyAsync("../../etc", None);
            Assert.Null(await Runtime.DiskShortageAsync(handle, None));
            Assert.Equal(ErrorKind.ResourceNotFound, await KindAsync(() => StartAsync(handle, "p", Waiting())));
            Assert.Equal(ErrorKind.ResourceNotFound, await KindAsync(() => Runtime.MetricsAsync(handle, None)));
            Assert.Equal(ErrorKind.ResourceNotFound, await KindAsync(() => Runtime.ReadFileAsync(handle, "/etc/passwd", 10, None)));
            Assert.Equal(ErrorKind.ResourceNotFound, await KindAsync(() => LinesAsync(handle, "p")));
        });

    [Fact]
    public Task Lists_containers_as_they_were_asked_for() =>
        CaseAsync(async handle =>
        {
            var spec = cell.Spec(handle) with
            {
                Properties = new Dictionary<string, string> { ["owner"] = "me" },
                Environment = [new("A", "1")],
                Ports = [8080, 9090],
                Limits = new() { MemoryMb = 64, MaxPids = 100 },
            };
            await Runtime.CreateAsync(spec, None);
            await CreateAsync(handle + "-other");
            await StartAsync(handle, "p", Waiting());

            var found = (await Runtime.ListAsync(None)).ToDictionary(info => info.Handle);
            Assert.Equal([handle, handle + "-other"], found.Keys.Order(StringComparer.Ordinal));
            Assert.Equal("me", found[handle].Spec.Properties["owner"]);
            Assert.Equal(spec.Limits, found[handle].Spec.Limits);
            Assert.Equal([8080, 9090], found[handle].Ports.Select(port => port.ContainerPort));
            Assert.Equal(2, found[handle].Ports.Select(port => port.HostPort).Distinct().Count());
            Assert.Equal(["p"], found[handle].Processes);
            Assert.NotEqual(found[handle].Address, found[handle + "-other"].Address);
        });

    [Fact]
    public Task Creates_containers_at_the_same_time() =>
        CaseAsync(async handle =>
        {
            string[] handles = [.. Enumerable.Range(0, 4).Select(number => $"{handle}-{number}")];
            var made = await Task.WhenAll(
                handles.Select(async one =>
                {
                    var info = await Runtime.CreateAsync(cell.Spec(one) with { Ports = [8080] }, None);
                    await StartAsync(one, "p", Waiting());
                    return info;
                })
            );
            Assert.Equal(handles.Length, made.Select(info => info.Address).Distinct().Count());
            Assert.Equal(handles.Length, made.Select(info => info.Ports[0].HostPort).Distinct().Count());
            await Task.WhenAll(handles.Select(one => Runtime.DestroyAsync(one, None)));
            Assert.Empty(await Runtime.ListAsync(None));
        });

    [Fact]
    public Task Destroys_all_that_a_container_has_and_ends_the_wait_for_its_processes() =>
        CaseAsync(async handle =>
        {
            var info = await Runtime.CreateAsync(cell.Spec(handle) with { Ports = [8080] }, None);
            var process = await StartAsync(handle, "p", Waiting());
            var twice = await StartAsync(handle, "q", Waiting());
            Assert.False(process.Exit.IsCompleted);

            await Runtime.DestroyAsync(handle, None);
            Assert.False((await process.Exit.WaitAsync(Wait.Patience)).Succeeded);
            Assert.False((await twice.Exit.WaitAsync(Wait.Patience)).Succeeded);
            Assert.False(await process.SignalAsync(ProcessSignal.Kill, None));
            Assert.Null(await Runtime.GetAsync(handle, None));
            Assert.Empty(cell.TracesOf(handle));
            await Runtime.DestroyAsync(handle, None);

            // Its handle and its port are free again.
            Assert.Empty((await Runtime.CreateAsync(cell.Spec(handle) with { Ports = [8080] }, None)).Processes);
            Assert.NotEmpty(info.Ports);
        });

    [Fact]
    [Needs(Ability.Programs)]
    public Task Checks_its_health_with_a_container_of_its_own() =>
        CaseAsync(async handle =>
        {
            var rootFs = cell.Spec(handle).RootFs;
            await Runtime.CheckHealthAsync(rootFs, new ProcessSpec { Path = "/bin/true" }, None);
            var sick = await Assert.ThrowsAnyAsync<ContainerRuntimeException>(() =>
                Runtime.CheckHealthAsync(rootFs, Shell("exit 3"), None)
            );
            Assert.Contains("3", sick.Message);
            await Assert.ThrowsAnyAsync<ContainerRuntimeException>(() =>
                Runtime.CheckHealthAsync(rootFs, new ProcessSpec { Path = "/bin/nothing" }, None)
            );
            Assert.Empty(await Runtime.ListAsync(None));
        });
}
