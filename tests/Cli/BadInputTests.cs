using Scheduler.Tests.ProgramKit;

namespace Scheduler.Tests.Cli;

/// <summary>What somebody gets who mistypes: exit code 2, one line that names the word and the rule, a hint where there is one.</summary>
public class BadInputTests
{
    [Theory]
    [InlineData("lrp lst", "unknown command \"lst\" for ./scheduler lrp; did you mean list?")]
    [InlineData("tsk list", "unknown command \"tsk\" for ./scheduler; did you mean task?")]
    [InlineData("lrp xy", "unknown command \"xy\" for ./scheduler lrp\n")]
    [InlineData("ps", "unknown command \"ps\" for ./scheduler\n")]
    [InlineData("?", "unknown command \"?\" for ./scheduler\n")]
    [InlineData("-x", "unknown flag \"-x\" for ./scheduler\n")]
    [InlineData("lpr list", "unknown command \"lpr\" for ./scheduler; did you mean lrp?")]
    [InlineData("lrp list --jsno", "unknown flag \"--jsno\" for ./scheduler lrp list; did you mean --json?")]
    [InlineData("lrp create web --imgae busybox -- /bin/httpd", "unknown flag \"--imgae\" for this command; did you mean --image?")]
    [InlineData(
        "lrp create web --image busybox /bin/httpd",
        "command: \"/bin/httpd\" is unexpected after the name; put the command after --"
    )]
    [InlineData("lrp create web --image busybox", "command: is required: give it after --")]
    [InlineData("lrp create web -- /bin/httpd", "image: must name the root filesystem of an LRP")]
    [InlineData("lrp create --image busybox -- /bin/httpd", "name: is required")]
    [InlineData(
        "lrp create web --image b --memory lots -- x",
        "--memory: must be megabytes such as 128 or 128M, or gigabytes such as 2G, not \"lots\""
    )]
    [InlineData("lrp create web --image b --memory 99999999999 -- x", "--memory: must be megabytes")]
    [InlineData("lrp create web --image b --memory=-1 -- x", "--memory: must be megabytes")]
    [InlineData("lrp create web --image b --instances=-1 -- x", "--instances: must be a whole number of at least 0, not \"-1\"")]
    [InlineData("lrp create web --image b --port 70000 -- x", "--port: must be a port from 1 to 65535, not \"70000\"")]
    [InlineData("lrp create web --image b --env PATH -- x", "--env: must be NAME=VALUE, not \"PATH\"")]
    [InlineData("lrp create web --image b --route a.com -- x", "routes: a.com needs a port")]
    [InlineData(
        "lrp create web --image b --port 80 --route a.com:8080 -- x",
        "routes: a.com maps to port 8080, which is not one of the LRP's ports"
    )]
    [InlineData("lrp create web --image b --check-http / -- x", "check: needs a port")]
    [InlineData(
        "lrp create web --image b --start-timeout soon -- x",
        "--start-timeout: must be a duration above 0 such as 30s, not \"soon\""
    )]
    [InlineData("lrp create -f /does/not/exist.yaml", "file: cannot read /does/not/exist.yaml")]
    [InlineData("lrp scale web many", "N: must be a whole number of at least 0, not \"many\"")]
    [InlineData("explain web/one", "\"web/one\" must be NAME or NAME/INDEX, such as web/2")]
    [InlineData("plan", "FILE: is required: at least one spec")]
    [InlineData("plan x.yaml --add-cells 2", "--like: must name the cell that --add-cells copies")]
    [InlineData("plan x.yaml --instances 0", "--instances: must be a whole number of at least 1, not \"0\"")]
    [InlineData("plan /does/not/exist.yaml", "file: cannot read /does/not/exist.yaml")]
    [InlineData("auction replay /does/not/exist", "/does/not/exist")]
    [InlineData("lrp restart web/one", "\"web/one\" must be NAME or NAME/INDEX, such as web/2")]
    [InlineData("domain set apps --ttl 1.5s", "--ttl: must be whole seconds, such as 30s or 2m, or 0 for no expiry, not \"1.5s\"")]
    [InlineData("events --kind lrps", "lrps")]
    [InlineData("lrp list --timeout never", "--timeout: must be a duration above 0")]
    [InlineData(
        "route-emitter --nats http://emitter:secret@h:4222",
        "nats: must be nats://host:port or tls://host:port, not \"***@h:4222\""
    )]
    [InlineData("lrp list --bbs nonsense", "url: must be http://host:port, https://host:port or unix:///path, not \"nonsense\"")]
    [InlineData(
        "lrp list --bbs https://localhost:1",
        "url: \"https://localhost:1\" requires TLS, but no certificate, key and authority are configured"
    )]
    [InlineData("lrp list --bbs https://localhost:1 --cert /no/cert.pem --key /no/key.pem --ca /no/ca.pem", "/no/cert.pem")]
    public async Task Names_the_word_and_the_rule(string line, string complaint)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: ", run.Error);
        Assert.Contains(complaint, run.Error);
        Assert.Equal("", run.Output);
    }

    /// <summary>What help prints as a default is what the flag takes.</summary>
    [Theory]
    [InlineData("lrp list --help", "--timeout")]
    [InlineData("rep --help", "--presence-ttl --grace --evacuation-timeout")]
    [InlineData("converger --help", "--loss-window --loss-grace --lock-ttl")]
    public async Task Defaults_in_help_are_what_the_flags_take(string line, string flags)
    {
        var help = (await CommandRun.Of(line.Split(' '))).Output.ReplaceLineEndings(" ");
        foreach (var flag in flags.Split(' '))
        {
            var shown = System.Text.RegularExpressions.Regex.Match(help, $@"{flag} <.*?\[default:\s*(?<text>.*?)\]");
            Assert.True(shown.Success, help);
            Assert.Matches(@"^(\d+(ms|s|m|h))$", shown.Groups["text"].Value);
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_has_an_exit_code_of_its_own()
    {
        // Nobody listens on the discard port of the loopback address.
        var run = await CommandRun.Of("lrp", "list", "--bbs", "http://127.0.0.1:9");
        Assert.Equal(4, run.ExitCode);
        Assert.Contains("hint: is the server running?", run.Error);
    }

    [Theory]
    [InlineData("--help", "Exit codes: 0 success")]
    [InlineData("lrp create --help", "scheduler lrp create web --image busybox --instances 3")]
    [InlineData("events --help", "scheduler events --follow --kind task --json")]
    [InlineData("version", "scheduler ")]
    public async Task Help_goes_to_stdout(string line, string text)
    {
        var run = await CommandRun.Of(line.Split(' '));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(text, run.Output);
    }
}
