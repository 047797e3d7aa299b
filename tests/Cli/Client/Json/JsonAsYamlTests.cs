using System.Text.Json.Nodes;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;
using Scheduler.Tests.TestKit.Storage;
using Scheduler.Yaml;

namespace Scheduler.Tests.Cli.Client.Json;

public class JsonAsYamlTests
{
    [Fact]
    public void Objects_are_written_in_block_style()
    {
        var node = JsonNode.Parse(
            """
            {"process_guid":"web","instances":2,"ratio":0.5,"routable":true,"none":null,"empty":{},"list":[],
             "env":[{"name":"A","value":"b c"},{"name":"PORT","value":"8080"}],"ports":[80,443],"deep":{"of":{"it":[[1,2],["x"]]}}}
            """
        );
        Assert.Equal(
            """
            process_guid: web
            instances: 2
            ratio: 0.5
            routable: true
            none: null
            empty: {}
            list: []
            env:
              - name: A
                value: b c
              - name: PORT
                value: "8080"
            ports:
              - 80
              - 443
            deep:
              of:
                it:
                  - - 1
                    - 2
                  - - x

            """,
            JsonAsYaml.Write(node)
        );
    }

    [Theory]
    [InlineData("true")]
    [InlineData("No")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    [InlineData(" x")]
    [InlineData("x ")]
    [InlineData("12")]
    [InlineData("1e3")]
    [InlineData("0x1F")]
    [InlineData("-")]
    [InlineData("- x")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("#b")]
    [InlineData("a\nb\n")]
    [InlineData("\"quoted\" \\ 'text'")]
    [InlineData("ü 𝕊 \u0001 \u2028 \u0085")]
    [InlineData("{a}")]
    [InlineData("*a")]
    [InlineData("@a")]
    [InlineData("nan")]
    public void A_text_stays_a_text(string text)
    {
        var node = new JsonObject { [text] = text, ["list"] = new JsonArray(text, new JsonObject { ["x"] = text }) };
        Assert.True(JsonNode.DeepEquals(node, Read(JsonAsYaml.Write(node))), JsonAsYaml.Write(node));
    }

    [Fact]
    public void Every_object_comes_back()
    {
        foreach (
            var node in (JsonNode[])
                [
                    DiegoJsonWriter.ToNode(FilledMessages.Fill<ActualLRP>()),
                    DiegoJsonWriter.ToNode(FilledMessages.Fill<OneOffTask>()),
                    DiegoJsonWriter.ToNode(FilledMessages.Fill<CellPresence>()),
                ]
        )
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(node.ToJsonString()), Read(JsonAsYaml.Write(node))), JsonAsYaml.Write(node));
    }

    private static JsonNode? Read(string yaml) =>
        JsonNode.Parse(YamlAsJson.Write(YamlText.Load("test", yaml, "YAML").Documents.Single().RootNode));
}
