using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.Unit.Rep.Runtime.Runc;

public sealed class StartFailuresTests
{
    private const string Prefix = "exec failed: unable to start container process: ";

    /// <summary>runc's message, and the explanation in front of it.</summary>
    [Theory]
    [InlineData("exec: \"x\": executable file not found in $PATH", "the container has no program \"x\" in its PATH=/bin:/sbin")]
    [InlineData("exec: \"x\": stat x: no such file or directory", "the container has no program \"x\"")]
    [InlineData("exec x: no such file or directory", "\"x\" is there, but the interpreter or loader that it names is not")]
    [InlineData("exec: \"x\": permission denied", "user vcap may not run \"x\"")]
    [InlineData("exec: \"x\": is a directory", "\"x\" is a directory")]
    [InlineData(
        "exec x: argument list too long",
        "the arguments and the environment are too long: Linux takes 128 KiB for each argument and variable, and about 2 MiB in all"
    )]
    [InlineData(
        "chdir to cwd (\"/srv\") set in config.json failed: permission denied",
        "user vcap may not enter the working directory /srv"
    )]
    public void Puts_it_in_plain_words_and_keeps_what_was_said(string said, string words)
    {
        var message = InWords(Prefix + said);
        Assert.Equal($"{words} ({Prefix}{said})", message);
        Assert.True(new ProcessStartException(message).IsPermanent);
    }

    [Fact]
    public void Names_the_processor_that_a_program_is_not_for() =>
        Assert.Matches(
            "^\"x\" is no program for this machine's processor \\([a-z0-9]+\\), and no script",
            InWords($"{Prefix}exec x: exec format error")
        );

    [Theory]
    [InlineData("read init-p: connection reset by peer")]
    [InlineData("open /run/user/0/runc-process612015373: no such file or directory")]
    public void Leaves_what_it_does_not_know_as_it_is(string message) => Assert.Equal(message, InWords(message));

    [Theory]
    [InlineData("exec /x y: exec format error", "\"/x y\" is no program for this machine's processor")]
    [InlineData("exec /bin/sh: argument list too long", "the arguments and the environment are too long")]
    [InlineData("exec /x: no such file or directory", "\"/x\" is there, but the interpreter or loader that it names is not")]
    public void Finds_what_runc_could_say_only_in_the_processs_place(string line, string words) =>
        Assert.StartsWith(words, StartFailures.InOutput(line), StringComparison.Ordinal);

    [Theory]
    [InlineData("exec: exec format error")]
    [InlineData("exec /x: killed")]
    [InlineData("sh: exec format error")]
    public void Takes_no_other_output_for_it(string line) => Assert.Null(StartFailures.InOutput(line));

    private static string InWords(string message) =>
        StartFailures.InWords(
            message,
            new ProcessSpec { Path = "x" },
            "/srv",
            new ContainerUser(2000, 2000, [], "vcap", "/home/vcap"),
            ["A=b", "PATH=/bin:/sbin"]
        );
}
