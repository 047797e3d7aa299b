using Scheduler.Cli.Services;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

public class RuntimeChoiceTests
{
    [Fact]
    public void What_was_asked_for_is_taken_without_a_look_at_the_machine() =>
        Assert.Equal(
            RuntimeKind.Containerd,
            RuntimeChoice.Of(RuntimeKind.Containerd, [(RuntimeKind.Runc, () => throw new InvalidOperationException())]).Kind
        );

    [Fact]
    public void Takes_the_first_that_the_machine_has_and_says_why()
    {
        Assert.Equal(
            new RuntimeChoice(RuntimeKind.Runc, "its programs are there"),
            RuntimeChoice.Of(
                RuntimeKind.Auto,
                [(RuntimeKind.Runc, () => null), (RuntimeKind.Docker, () => throw new InvalidOperationException())]
            )
        );
        Assert.Equal(
            new RuntimeChoice(RuntimeKind.Docker, "no runc: conmon is missing; no containerd: nothing listens"),
            RuntimeChoice.Of(
                RuntimeKind.Auto,
                [
                    (RuntimeKind.Runc, () => "conmon is missing"),
                    (RuntimeKind.Containerd, () => "nothing listens"),
                    (RuntimeKind.Docker, () => null),
                ]
            )
        );
    }

    [Fact]
    public void Says_what_each_lacks_if_none_is_there() =>
        Assert.Contains(
            "no runc: conmon is missing; no docker: nothing listens",
            Assert
                .Throws<DomainException>(() =>
                    RuntimeChoice.Of(
                        RuntimeKind.Auto,
                        [(RuntimeKind.Runc, () => "conmon is missing"), (RuntimeKind.Docker, () => "nothing listens")]
                    )
                )
                .Message
        );

    [Theory]
    [InlineData("dev --runtime runc --simulated", "simulated: cannot be combined with --runtime runc")]
    [InlineData("rep --runtime podman", "--runtime: must be auto, runc, containerd, docker or simulated, not \"podman\"")]
    [InlineData("demo --runtime simulated", "runtime: the demo serves requests from real containers")]
    [InlineData("rep --cells 2 --runtime runc", "cells: requires --runtime simulated")]
    public async Task Wrong_and_contradicting_flags_are_named(string line, string complaint)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(complaint, run.Error);
    }
}
