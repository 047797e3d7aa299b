using Scheduler.Cli.Services;
using Scheduler.Hosting;
using Scheduler.Models;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

public class SimulatedCellsTests
{
    private static readonly ComponentOptions Component = new()
    {
        Name = "rep",
        Listen = "127.0.0.1:1801",
        OpsListen = "127.0.0.1:1802",
    };

    [Fact]
    public void Each_has_a_name_and_a_port_of_its_own_and_the_first_the_health_endpoints()
    {
        var parts = SimulatedCells.Spread(Component, "east", 3);

        Assert.Equal(
            [("east-1", "127.0.0.1:1801", "127.0.0.1:1802"), ("east-2", "127.0.0.1:1802", null), ("east-3", "127.0.0.1:1803", null)],
            parts.Select(part => (part.Name, part.Listen, part.OpsListen))
        );
    }

    [Fact]
    public void All_take_free_ports_when_the_first_does() =>
        Assert.All(
            SimulatedCells.Spread(Component with { Listen = "127.0.0.1:0" }, "east", 3),
            part => Assert.Equal("127.0.0.1:0", part.Listen)
        );

    [Fact]
    public void Addresses_count_on_over_the_end_of_a_byte() =>
        Assert.Equal(["10.0.0.254", "10.0.0.255", "10.0.1.0"], SimulatedCells.Addresses("10.0.0.254", 3));

    [Theory]
    [InlineData("fd00::1")]
    [InlineData("here")]
    [InlineData("255.255.255.254")]
    public void Addresses_that_cannot_be_counted_on_from_are_named(string first) =>
        Assert.Contains("advertise-address", Assert.Throws<DomainException>(() => SimulatedCells.Addresses(first, 3)).Message);

    [Theory]
    [InlineData("unix:///run/rep.sock", null, "listen")]
    [InlineData("127.0.0.1:65535", null, "listen")]
    [InlineData("127.0.0.1:0", "http://rep:1801", "advertise")]
    public void What_only_one_cell_can_have_is_named(string listen, string? advertise, string field) =>
        Assert.Contains(
            field,
            Assert
                .Throws<DomainException>(() =>
                    SimulatedCells.Spread(Component with { Listen = listen, AdvertiseUrl = advertise }, "east", 3)
                )
                .Message
        );

    [Theory]
    [InlineData("rep --cells 2", "cells: requires --runtime simulated: only simulated cells can share a process")]
    [InlineData("rep --runtime simulated --cells 0", "--cells: must be a whole number from 1 to 1000, not \"0\"")]
    public async Task Several_cells_need_the_simulated_runtime(string line, string complaint)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Error);
    }
}
