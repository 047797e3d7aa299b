using Google.Protobuf;
using Google.Protobuf.Reflection;
using Scheduler.Contracts;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Bbs;

namespace Scheduler.Tests.Unit.Contracts.Fields;

public sealed class FieldRulesTests
{
    /// <summary>Every service of the contract. Health and reflection are the framework's: their one text is looked up and echoed, and goes nowhere.</summary>
    private static readonly IReadOnlyList<FileDescriptor> Files = RpcSafety.ContractFiles;

    [Fact]
    public void Every_text_and_byte_field_that_a_request_can_carry_has_a_rule_and_every_rule_a_field()
    {
        var services = Files.SelectMany(file => file.Services).ToList();
        Assert.Equal(18, services.Count);
        var seen = new HashSet<MessageDescriptor>();
        var fields = services
            .SelectMany(service => service.Methods)
            .SelectMany(method => FieldsOf(method.InputType, seen))
            .Select(FieldRules.NameOf)
            .ToHashSet();
        Assert.Empty(fields.Except(FieldRules.Names));
        // One that no request carries is a row's own, and there for the columns.
        Assert.Equal(["AbsentCell.cell_id"], FieldRules.Names.Except(fields));
    }

    [Fact]
    public void A_request_is_checked_to_its_last_field()
    {
        var request = new PerformWorkRequest
        {
            CellId = "a\0",
            Lrps =
            {
                new LRPWork(),
                new LRPWork
                {
                    ActualLrpKey = new ActualLRPKey { ProcessGuid = "web ", Domain = "\ud800" },
                    Demand = new WorkDemand { PlacementTags = { "ok", "a\nb" } },
                },
            },
        };
        Assert.Equal(
            [
                "cell_id: must not contain control characters",
                "lrps[1].actual_lrp_key.process_guid: must not end with a space",
                "lrps[1].actual_lrp_key.domain: must be well-formed Unicode",
                "lrps[1].demand.placement_tags[1]: must not contain control characters",
            ],
            Broken(request)
        );
    }

    [Fact]
    public void Keys_and_values_of_maps_enumerations_and_fractions_are_checked()
    {
        var lrp = A.DesiredLrp("web");
        lrp.MetricTags["a\nb" + new string('x', 100)] = new MetricTagValue { Static = "s" };
        lrp.MetricTags["dynamic"] = new MetricTagValue { Dynamic = (MetricTagValue.Types.DynamicValue)7 };
        lrp.Routes = new ProtoRoutes { Routes = { ["r"] = ByteString.CopyFrom(new byte[131_073]) } };
        lrp.UpdateStrategy = (DesiredLRP.Types.UpdateStrategy)9;
        Assert.Equal(
            [
                "desired_lrp.routes.routes[r]: must be at most 131072 bytes, and is 131073",
                $"desired_lrp.metric_tags[a?b{new string('x', 61)}…]: its key must not contain control characters",
                "desired_lrp.metric_tags[dynamic].dynamic: must be DynamicValueInvalid, INDEX or INSTANCE_GUID",
                "desired_lrp.update_strategy: must be ROLLING or RECREATE",
            ],
            Broken(new DesireLRPRequest { DesiredLrp = lrp })
                .OrderBy(text =>
                    text.Contains("routes") ? 0
                    : text.Contains("key") ? 1
                    : text.Contains("dynamic]") ? 2
                    : 3
                )
        );
        Assert.Equal(
            ["loss.cells_per_second: must be a finite number"],
            Broken(new ReportCellLossRequest { Loss = new CellLoss { CellsPerSecond = double.NaN } })
        );
    }

    [Theory]
    [InlineData(25, null)]
    [InlineData(40, "must not nest messages more than 60 deep")]
    public void What_could_not_be_read_where_it_is_told_again_is_refused(int tries, string? rule)
    {
        var action = A.Run();
        for (var i = 0; i < tries; i++)
            action = new LrpAction { TryAction = new TryAction { Action = action } };
        var lrp = A.DesiredLrp("web");
        lrp.Action = action;
        var broken = Broken(new DesireLRPRequest { DesiredLrp = lrp });
        Assert.Equal(rule is null ? 0 : 1, broken.Count);
        if (rule is not null)
            Assert.EndsWith(rule, broken[0], StringComparison.Ordinal);
        else
            Assert.Equal(
                lrp,
                Event
                    .Parser.ParseFrom(new Event { DesiredLrpChanged = new DesiredLRPChangedEvent { After = lrp } }.ToByteArray())
                    .DesiredLrpChanged.After
            );
    }

    [Theory]
    [InlineData("LockEntry.value", "", null)]
    [InlineData("LockEntry.value", "http://a\0", "must not contain control characters")]
    [InlineData("LockEntry.value", "http://a\u0085", "must not contain control characters")]
    [InlineData("DesiredLRP.annotation", "two\nlines", null)]
    [InlineData("DesiredLRP.annotation", "\0", "must not contain U+0000")]
    [InlineData("CompleteTaskRequest.result", "\0", null)]
    [InlineData("DesiredLRP.domain", "grüße 😀", null)]
    public void Each_kind_takes_what_it_is_for(string field, string value, string? broken) =>
        Assert.Equal(broken, FieldRules.Of(field).Broken(value));

    [Fact]
    public void Half_a_character_is_no_text() =>
        Assert.All(
            ["\udc00", "a\ud800", "\ud800\ud800\udc00"],
            text => Assert.Equal("must be well-formed Unicode", FieldRules.Of("CompleteTaskRequest.result").Broken(text))
        );

    [Fact]
    public void A_name_is_counted_in_characters_and_a_text_in_bytes()
    {
        Assert.Null(FieldRules.Of("DesiredLRP.domain").Broken(string.Concat(Enumerable.Repeat("😀", 255))));
        Assert.Equal(
            "must be at most 255 characters, and is 256",
            FieldRules.Of("DesiredLRP.domain").Broken(string.Concat(Enumerable.Repeat("😀", 256)))
        );
        Assert.Equal("must be at most 4096 bytes, and is 4098", FieldRules.Of("LockEntry.value").Broken(new string('é', 2_049)));
    }

    [Fact]
    public void So_much_is_told_as_fits_into_trailers()
    {
        var request = new LoseCellsRequest { CellIds = { Enumerable.Repeat("\0", 10_000) } };
        var refused = Assert.Throws<DomainException>(() => RequestFields.Require(request));
        Assert.Equal(DomainError.MostViolations, refused.Error.Violations.Count);
    }

    private static List<string> Broken(IMessage request)
    {
        var found = new List<string>();
        RequestFields.Check(request, (field, rule) => found.Add($"{field}: {rule}"));
        return found;
    }

    private static IEnumerable<FieldDescriptor> FieldsOf(MessageDescriptor message, HashSet<MessageDescriptor> seen)
    {
        if (!seen.Add(message))
            yield break;
        foreach (var field in message.Fields.InDeclarationOrder())
        {
            if (field.FieldType is FieldType.String or FieldType.Bytes)
                yield return field;
            if (field.FieldType != FieldType.Message)
                continue;
            foreach (var inner in FieldsOf(field.MessageType, seen))
                yield return inner;
        }
    }
}
