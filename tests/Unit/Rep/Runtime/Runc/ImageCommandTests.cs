using Scheduler.Rep.Images;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class ImageCommandTests
{
    /// <summary>The process's command, the image's entrypoint and command, and the resulting command.</summary>
    public static readonly TheoryData<string, string[], string[]?, string[]?, string> Cases = new()
    {
        { "/bin/own", ["a"], ["/bin/entry"], ["b"], "/bin/own a" },
        { "/bin/own", [], ["/bin/entry"], ["b"], "/bin/own" },
        { "", [], ["/bin/entry", "x"], ["b"], "/bin/entry x b" },
        { "", ["a"], ["/bin/entry", "x"], ["b"], "/bin/entry x a" },
        { "", [], ["/bin/entry"], null, "/bin/entry" },
        { "", [], null, ["sh", "-c", "true"], "sh -c true" },
        { "", ["sh", "-x"], null, ["b"], "sh -x" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void The_work_wins_over_the_image(string path, string[] args, string[]? entrypoint, string[]? command, string runs)
    {
        var spec = ImageCommand.Complete(
            new ProcessSpec { Path = path, Args = args },
            ImageDefaults.None with
            {
                Entrypoint = entrypoint,
                Command = command,
            }
        );
        Assert.Equal(runs, string.Join(' ', spec.Args.Prepend(spec.Path)));
    }

    [Fact]
    public void Without_any_command_the_reason_says_so_and_is_final()
    {
        var failure = Assert.Throws<ProcessStartException>(() => ImageCommand.Complete(new ProcessSpec { Path = "" }, ImageDefaults.None));
        Assert.Equal(("no command is given, and the image names no command", true), (failure.Message, failure.IsPermanent));
    }
}
